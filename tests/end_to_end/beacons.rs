//! Beacons in other numbers, scripts and orders than the shipped ones.

use crate::support::{Library, Record, Run, Workplace};

fn beacons(run: &Run, image: &str) -> usize {
    run.events(3)
        .iter()
        .filter(|event| event.image() == image)
        .count()
}

#[test]
fn as_many_beacons_are_sent_as_are_asked_for() {
    for count in [1, 3] {
        let workplace = Workplace::new();
        let run = workplace.run(["run", "1", "2", "3", "4", "--count", &count.to_string()]);
        run.exits(0);
        for (number, image) in [
            (1, "powershell.exe"),
            (2, "python.exe"),
            (3, "wscript.exe"),
            (4, "curl.exe"),
        ] {
            let scenario = run.scenario(number);
            assert_eq!(scenario.outcome(), "detected", "{number}");
            assert_eq!(scenario.rows().len(), count, "{number}");
            assert!(beacons(&run, image) >= count, "{image}");
        }
    }
}

#[test]
fn another_script_with_another_name_is_interpreted_as_it_is_written() {
    const NAME: &str = "df00tech-sentinel-test.argustest.workers.dev";
    const OTHER: &str = "other-7.example-team.workers.dev";
    let loops = [
        "$target = '#{url}'\n      \
         foreach ($left in 1..#{count}) { $null = Invoke-WebRequest $target -UseBasicParsing -DisableKeepAlive; Start-Sleep -Milliseconds (1000 * #{interval}) }",
        "$wanted = #{count}; $address = '#{url}'\n      \
         for ($done = 0; $done -lt $wanted; $done++) { iwr -Uri \"$address\" -UseBasicParsing | Out-Null; sleep -m (#{interval} * 1000) }",
        "$n = 0\n      \
         while ($true) { if ($n -eq #{count}) { break }; $n += 1\n      \
         [void](Invoke-WebRequest -Uri ('#{url}' + '?n=' + $n) -UseBasicParsing); Start-Sleep -Milliseconds (#{interval} * 1000) }",
    ];
    for script in loops {
        let workplace = Workplace::new();
        let library = Library::shipped(&workplace)
            .with("T1583.007.yaml", SHIPPED_LOOP, script)
            .with("T1583.007.yaml", NAME, OTHER)
            .with("signals.yaml", NAME, OTHER)
            .with(
                "signals.yaml",
                "*Invoke-WebRequest*workers.dev*",
                "*workers.dev*",
            );
        let run = workplace.run([
            "run",
            "1",
            "--count",
            "2",
            "--interpreters",
            "stand-in",
            "--scenarios",
            library.path().to_str().unwrap(),
        ]);
        run.exits(0);
        let scenario = run.scenario(1);
        assert_eq!(scenario.column("DestinationHostname"), [OTHER, OTHER]);
        assert_eq!(
            scenario.column("serverless_platform"),
            ["Cloudflare Workers"; 2]
        );
        let asked = run.events(22);
        assert!(asked.iter().all(|event| event.field("QueryName") == OTHER));
        let shown = run.events(1)[0].field("CommandLine").to_owned();
        assert!(shown.contains(OTHER), "{shown}");
    }
}

/// The loop of the `PowerShell` scenario, as it is indented in its file.
const SHIPPED_LOOP: &str = "\
1..#{count} | ForEach-Object {
        try {
          Invoke-WebRequest -Uri '#{url}' -UseBasicParsing -DisableKeepAlive -TimeoutSec 30 | Out-Null
        } catch {
        }
        Start-Sleep -Milliseconds (#{interval} * 1000)
      }";

#[test]
fn what_a_stand_in_cannot_do_is_refused_by_name() {
    let refused = [
        ("powershell", "Get-Process", "`Get-Process`"),
        ("powershell", "function Beacon { }", "`function`"),
        (
            "command_prompt",
            "curl.exe -s https://a.workers.dev/ | more",
            "a pipe",
        ),
        (
            "command_prompt",
            "echo while (1) { let x; } > \"%TEMP%\\a.js\"\nwscript.exe \"%TEMP%\\a.js\"",
            "`let`",
        ),
    ];
    let tests: Vec<_> = refused
        .iter()
        .map(|(executor, command, _)| ("Refused", *executor, *command))
        .collect();
    let workplace = Workplace::new();
    let library = Library::of(&workplace, &tests);
    let run = workplace.run([
        "run",
        "--interpreters",
        "stand-in",
        "--scenarios",
        library.path().to_str().unwrap(),
    ]);
    run.exits(4);
    for (number, (_, command, name)) in (1..).zip(refused) {
        let scenario = run.scenario(number);
        assert_eq!(scenario.outcome(), "not_executed", "{command}");
        let output = scenario.0["output"].as_str().unwrap();
        assert!(
            output.contains("refuses") && output.contains(name),
            "{command}: {output}"
        );
        assert!(run.stdout.contains(name), "{}", run.stdout);
    }
    assert!(run.events(3).is_empty() && run.events(22).is_empty());
    let junit = run.file("junit.xml");
    assert_eq!(junit.matches("<error").count(), refused.len(), "{junit}");
}

#[test]
fn the_order_of_names_changes_no_connection() {
    let ask = |first: &str, second: &str| {
        let command = format!(
            "curl.exe -s https://{first}.workers.dev/ >nul & curl.exe -s https://{second}.workers.dev/ >nul"
        );
        let workplace = Workplace::new();
        let library = Library::of(&workplace, &[("Two names", "command_prompt", &command)]);
        let run = workplace.run(["run", "--scenarios", library.path().to_str().unwrap()]);
        run.exits(0);
        (names(&run.events(22)), connections(&run.events(3)))
    };
    let (asked, connected) = ask("alpha", "beta");
    let (asked_back, connected_back) = ask("beta", "alpha");
    assert_eq!(asked, ["alpha.workers.dev", "beta.workers.dev"]);
    assert_eq!(asked_back, ["beta.workers.dev", "alpha.workers.dev"]);
    assert_eq!(connected.len(), 2);
    assert_ne!(connected[0], connected[1]);
    assert_eq!(connected, connected_back);
}

/// The names that were asked for, each once, in order.
fn names(questions: &[Record]) -> Vec<String> {
    let mut names: Vec<_> = questions
        .iter()
        .map(|event| event.field("QueryName").to_owned())
        .collect();
    names.dedup();
    names
}

/// What each connection says but for when, by which process and from which
/// port it was made; sorted.
fn connections(events: &[Record]) -> Vec<Vec<(String, String)>> {
    const VARY: [&str; 4] = ["UtcTime", "ProcessGuid", "ProcessId", "SourcePort"];
    let mut connections: Vec<Vec<_>> = events
        .iter()
        .map(|event| {
            let mut data = event.data.clone();
            data.retain(|(name, _)| !VARY.contains(&name.as_str()));
            data
        })
        .collect();
    connections.sort();
    connections
}
