/* A program in the place of PowerShell 7 on Linux, for a machine that has none:
 * it reads its configuration, logs its script as a script block by syslog(3) in
 * the documented form, and then runs the lines of the script that call curl.exe
 * or python.exe. Sources of the form: lab/src/sensor/script_block.rs.
 *
 * Comments in the script say what it does otherwise: `# silent` logs nothing,
 * `# cut` leaves the end away, `# flood N` logs the block N times more. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

static char script[65536];

/* Whether the configuration beside the program switches the log on. */
static int is_configured(void) {
    static char path[4096], text[4096];
    if (readlink("/proc/self/exe", path, sizeof path - 32) < 0) return 0;
    strcat(dirname(path), "/powershell.config.json");
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    return length && strstr(text, "\"EnableScriptBlockLogging\": true") &&
           strstr(text, "\"LogLevel\": \"Verbose\"");
}

/* A part of the script as PowerShell on Linux shows it: with U+23CE for each
 * character of a line break. */
static const char *shown(const char *part, size_t size) {
    static char text[3 * 20000 + 1];
    size_t at = 0;
    for (; size-- && *part; part++) {
        int is_break = *part == '\n' || *part == '\r';
        const char *as = is_break ? "\xE2\x8F\x8E" : part;
        size_t length = is_break ? 3 : 1;
        memcpy(text + at, as, length);
        at += length;
    }
    text[at] = 0;
    return text;
}

/* Logs the script, in parts if it is long. */
static void log_block(const char *end) {
    size_t length = strlen(script), size = length < 20000 ? length + 1 : 12000;
    int total = (int)(length / size) + 1;
    for (int part = 0; part < total; part++)
        syslog(LOG_INFO,
               "(7.4.6:1:80) [ScriptBlock_Compile_Detail:ExecuteCommand.Create.Verbose] "
               "Creating Scriptblock text (%d of %d):\n%s%s",
               part + 1, total, shown(script + part * size, size), end);
}

static void run(char **argv) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execv(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "--version")) return puts("PowerShell 7.4.6") < 0;
    for (int at = 1; at < argc; at++) {
        if (at > 1) strcat(script, " ");
        strcat(script, argv[at]);
    }
    if (!strstr(script, "# silent") && is_configured()) {
        const char *end = strstr(script, "# cut")
            ? ""
            : "\n\nScriptBlock ID: 4fd4b1a2-9d0a-4b5e-8c2f-0a1b2c3d4e5f\nPath: ";
        openlog("powershell", LOG_NDELAY | LOG_PID, LOG_LOCAL0);
        syslog(LOG_INFO, "(7.4.6:1:10) [Perftrack_ConsoleStartupStart:PowershellConsoleStartup."
                         "WinStart.Informational] PowerShell console is starting up");
        log_block(end);
        const char *flood = strstr(script, "# flood ");
        for (int more = flood ? atoi(flood + 8) : 0; more > 0; more--) log_block(end);
    }
    for (char *line = strtok(script, "\n"); line; line = strtok(NULL, "\n")) {
        line += strspn(line, " &{");
        line[strcspn(line, "}")] = 0;
        if (!strncmp(line, "curl.exe ", 9)) {
            char *url = line + 9;
            char *curl[] = {"/c/Windows/System32/curl.exe", "-s", url, NULL};
            run(curl);
        } else if (!strncmp(line, "python.exe ", 11)) {
            char *code = line + 11;
            char *python[] = {"/c/Program Files/Python3/python.exe", "-c", code, NULL};
            run(python);
        }
    }
    return 0;
}
