//! The cmd stand-in from the outside: what a command line starts and writes.

#![allow(clippy::unwrap_used)]

mod generated;

use std::fs;

use proptest::prelude::*;

use super::super::REFUSED;
use super::super::testing::World;

/// Runs a command in a new world.
fn cmd(command: &str) -> (u8, World) {
    let mut world = World::staged();
    let code = world.run("cmd.exe", &["/c", command]);
    (code, world)
}

/// Runs a command where there are no files: what must not run can't.
fn cmd_without_files(command: &str) -> (u8, World) {
    let mut world = World::new();
    let code = world.run("cmd.exe", &["/c", command]);
    (code, world)
}

#[test]
fn a_loop_starts_a_program_for_each_number() {
    let (code, world) =
        cmd("for /L %i in (1,1,4) do curl.exe -s https://a.example/%i >nul & timeout /t 1 >nul");
    assert_eq!(code, 0);
    let expected: Vec<Vec<String>> = (1..=4)
        .flat_map(|i| {
            [
                vec![
                    "curl.exe".into(),
                    "-s".into(),
                    format!("https://a.example/{i}"),
                ],
                vec!["timeout".into(), "/t".into(), "1".into()],
            ]
        })
        .collect();
    assert_eq!(world.started(), expected);
    assert!(
        world
            .programs
            .started
            .iter()
            .all(|p| p.streams == ["nul", "err"])
    );
}

#[test]
fn loops_nest_and_batch_form_is_read_too() {
    let (code, world) =
        cmd("for /l %%a in (2,-1,1) do (for /L %%B in (1,1,%%a) do (@curl x%%a-%%B 2>&1 >nul))");
    assert_eq!(code, 0, "{}", world.complained());
    let asked: Vec<&str> = world.started().iter().map(|argv| argv[1]).collect();
    assert_eq!(asked, ["x2-1", "x2-2", "x1-1"]);
    assert_eq!(world.programs.started[0].streams, ["nul", "out"]);
}

#[test]
fn a_loop_whose_end_is_passed_does_nothing() {
    let (code, world) = cmd("for /L %i in (5,1,4) do curl.exe https://a.example/");
    assert_eq!((code, world.started().len()), (0, 0));
}

#[test]
fn echo_writes_a_script_line_by_line() {
    let (code, world) = cmd(concat!(
        r#"echo var x = new ActiveXObject("MSXML2.XMLHTTP"); > %TEMP%\a.js & "#,
        r"echo for (var i = 0; i ^< 4; i++) { f(^>); }>> %temp%\a.js& ",
        r"echo.>>C:/temp/A.JS&& echo a^&b ^| ^^ c>>\Temp\a.js",
    ));
    assert_eq!(code, 0, "{}", world.complained());
    assert_eq!(
        world.read("Temp/a.js"),
        "var x = new ActiveXObject(\"MSXML2.XMLHTTP\"); \r\n\
         for (var i = 0; i < 4; i++) { f(>); }\r\n\
         \r\n\
         a&b | ^ c\r\n"
    );
    assert_eq!(world.said(), "");
}

#[test]
fn echo_overwrites_and_blocks_redirect_as_a_whole() {
    let (_, world) = cmd(r"echo old>f& (echo new& echo 2) > f & type f & del /q f & type nul > g");
    assert_eq!(world.said(), "new\r\n2\r\n");
    assert!(!world.path("Users/analyst/f").exists());
    assert_eq!(world.read("Users/analyst/g"), "");
}

#[test]
fn only_a_digit_that_stands_alone_is_a_handle() {
    let (_, world) = cmd(r"echo a2>f& echo b ^2>>f& echo c 1>>f& echo d 2>>f");
    assert_eq!(world.read("Users/analyst/f"), "a2\r\nb 2\r\nc \r\n");
    assert_eq!(world.said(), "d \r\n");
}

#[test]
fn the_exit_code_decides_what_follows() {
    let mut world = World::staged();
    world.programs.codes = [7, 0, 0, 3].into();
    let code = world.run(
        "cmd.exe",
        &[
            "/d",
            "/C",
            "curl a && echo no || curl b & curl c && curl d || echo failed",
        ],
    );
    let asked: Vec<&str> = world.started().iter().map(|argv| argv[1]).collect();
    assert_eq!(asked, ["a", "b", "c", "d"]);
    assert_eq!(world.said(), "failed\r\n");
    assert_eq!(code, 3);
}

#[test]
fn exit_ends_at_once_with_its_code() {
    for (command, expected) in [
        ("exit /b 3 & echo no", 3),
        ("exit 0", 0),
        ("for /L %i in (1,1,9) do exit /b 4", 4),
        ("exit 256", 1),
        ("nosuch.exe & exit /b", 1),
    ] {
        let (code, world) = cmd(command);
        assert_eq!((code, world.said()), (expected, ""), "{command}");
    }
}

#[test]
fn conditions_look_at_files_and_at_the_exit_code() {
    let (_, world) = cmd(concat!(
        r"if exist C:\Windows\SYSTEM32\curl.exe (echo there) else echo gone & ",
        r"echo end",
    ));
    assert_eq!(world.said(), "there\r\n");
    let (_, world) = cmd(r"if not exist a.js (echo none) else (echo some)");
    assert_eq!(world.said(), "none\r\n");
    // All that follows belongs to the condition.
    let (_, world) = cmd(r"if exist a.js echo one & echo two");
    assert_eq!(world.said(), "");
    let mut world = World::staged();
    world.programs.codes = [6].into();
    world.run("cmd.exe", &["/c", "(curl a) & if errorlevel 6 echo failed"]);
    assert_eq!(world.said(), "failed\r\n");
}

#[test]
fn programs_get_their_arguments_by_the_c_runtimes_rules() {
    let (code, world) = cmd(
        r#""C:\Program Files\Contoso\updater.exe" "a b" c\"d" e"f g" & C:\windows\system32\CURL -s"#,
    );
    assert_eq!(code, 0, "{}", world.complained());
    assert_eq!(
        world.started(),
        [
            vec![
                r"C:\Program Files\Contoso\updater.exe",
                "a b",
                "c\"d ef",
                "g"
            ],
            vec![r"C:\windows\system32\CURL", "-s"],
        ]
    );
}

#[test]
fn programs_inherit_directory_and_variables() {
    let (_, world) = cmd(r#"cd /d C:\Temp & set "NAME=a b" & set temp= & curl & cd"#);
    assert_eq!(world.programs.started[0].directory, world.path("Temp"));
    let environment = &world.programs.environments[0];
    assert_eq!(environment.get("name"), Some("a b"));
    assert_eq!(environment.get("TEMP"), Some(" "));
    assert_eq!(world.said(), "C:\\Temp\r\n");
}

#[test]
fn a_host_style_search_path_works_within_the_drive_only() {
    let mut world = World::staged();
    let path = format!("/usr/bin:{}", world.path("Windows/System32").display());
    world.environment.set("PATH", &path);
    world.run("cmd.exe", &["/c", "curl & env"]);
    assert_eq!(world.started(), [["curl"]]);
}

#[test]
fn a_program_that_is_not_there_fails() {
    let (code, world) = cmd("nosuch -x");
    assert_eq!(code, 1);
    assert!(
        world
            .complained()
            .starts_with("'nosuch' is not recognized as")
    );
}

#[test]
fn files_that_are_not_there_are_said() {
    let (code, world) = cmd(r"del nosuch & type nosuch & echo a > C:\no\such & cd nosuch");
    assert_eq!(code, 1);
    assert_eq!(
        world.complained().lines().count(),
        4,
        "{}",
        world.complained()
    );
    let (code, world) = cmd(r"del C:\Windows\System32 2>nul");
    assert_eq!((code, world.complained()), (0, ""));
}

#[test]
fn remarks_take_the_rest_of_the_line() {
    let (code, world) = cmd("echo a & rem b & curl c");
    assert_eq!(
        (code, world.said(), world.started().len()),
        (0, "a \r\n", 0)
    );
    let (_, world) = cmd("rem & echo a & @echo off");
    assert_eq!(world.said(), "a \r\n");
}

#[test]
fn what_is_outside_the_grammar_is_refused_before_anything_runs() {
    for (construct, name, column) in [
        ("curl a | findstr b", "a pipe", 8),
        ("echo a & call b.bat", "the builtin `call`", 10),
        ("echo a & start curl", "the builtin `start`", 10),
        ("goto end", "the builtin `goto`", 1),
        (":end", "a label", 1),
        ("for %i in (a b) do echo %i", "`for` without `/L`", 1),
        ("for /F %i in (a) do echo %i", "`for /F`", 1),
        (
            "for /L %i in (1,1) do echo a",
            "without start, step and end",
            14,
        ),
        ("for /L %i in (1,0,2) do echo a", "a step of 0", 14),
        (
            "for /L %i in (1,1,010) do echo a",
            "`010` where a decimal",
            14,
        ),
        ("for /L %i in (1,1,2) echo a", "where `do` is expected", 22),
        ("for /L %ij in (1,1,2) do echo a", "a loop variable", 8),
        ("for /L %i in (1,1,2) do echo %~i", "a modifier", 30),
        ("for /L %i in (1,1,2) do curl%i", "whose name holds", 25),
        ("if 1==1 echo a", "`if 1`", 4),
        ("if defined TEMP echo a", "`if defined`", 4),
        ("set", "`set` that shows", 1),
        ("set /a x=1", "`set /a`", 1),
        ("del *.js", "`del` of a pattern", 1),
        ("del /s x", "`del /s`", 1),
        ("dir/b", "the builtin `dir`", 1),
        ("echo a < f", "input from a file", 8),
        ("echo a 3> f", "a redirection of handle 3", 9),
        ("echo a > con", "the device `con`", 8),
        ("echo a >", "a redirection to nothing", 8),
        ("(echo a", "`(` without `)`", 1),
        ("echo a & ) b", "`)` without `(`", 10),
        ("(echo a) b", "text after `)`", 10),
        ("& echo a", "`&` where a command", 1),
        ("echo a && | b", "`|` where a command", 11),
        ("a.vbs", "running a `.vbs` file", 1),
        ("echo %RANDOM%", "a variable that cmd.exe computes", 6),
        ("echo a\necho b", "a line break", 7),
        ("exit x", "`exit` with `x`", 1),
        ("echo /?", "the help of `echo`", 1),
    ] {
        // Something harmless before it must not run either.
        for (prefix, shift) in [("", 0), ("echo first & ", 13)] {
            let (code, world) = cmd_without_files(&format!("{prefix}{construct}"));
            let complaint = world.complained();
            assert_eq!(code, REFUSED, "{construct}");
            assert!(complaint.contains(name), "{construct}: {complaint}");
            let place = format!("(at line 1, column {})", column + shift);
            assert!(complaint.contains(&place), "{construct}: {complaint}");
            assert!(world.is_untouched(), "{construct}");
        }
    }
}

#[test]
fn other_switches_are_refused() {
    for arguments in [
        &["/k", "echo a"][..],
        &["/v:on", "/c", "echo"],
        &["echo"],
        &[],
    ] {
        let mut world = World::staged();
        assert_eq!(world.run("cmd.exe", arguments), REFUSED, "{arguments:?}");
        assert!(world.is_untouched());
    }
}

#[test]
fn deep_nesting_is_refused() {
    let (code, world) = cmd(&format!("{}echo a{}", "(".repeat(5000), ")".repeat(5000)));
    assert_eq!(code, REFUSED);
    assert!(world.complained().contains("nesting deeper than"));
}

#[test]
fn an_endless_loop_ends() {
    let (code, world) = cmd("for /L %i in (1,1,2000000000) do rem");
    assert_eq!(code, REFUSED);
    assert!(world.complained().contains("more than"));
}

#[test]
fn nothing_outside_the_drive_is_written() {
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("f");
    let (code, _) = cmd(&format!(
        "echo a > D:{0} & echo a > \\\\?{0}",
        target.display()
    ));
    assert_eq!(code, 1);
    assert!(fs::read_dir(outside.path()).unwrap().next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_ends_without_a_panic(
        text in r#"(for /L %i in \(1,1,2\) do |if exist a |echo a|curl|[()&|<>^"%@~ \n:.a-z0-9é]){0,12}"#,
    ) {
        let (_, world) = cmd_without_files(&text);
        prop_assert!(world.http.requests.is_empty());
    }
}
