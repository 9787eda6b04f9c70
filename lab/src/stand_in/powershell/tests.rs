//! The PowerShell stand-in from the outside: what a script asks for, waits
//! for and writes.

#![allow(clippy::unwrap_used)]

mod generated;

use std::io;
use std::time::Duration;

use proptest::prelude::*;

use super::super::REFUSED;
use super::super::http::HttpError;
use super::super::testing::{World, answer};
use super::script_blocks;

/// Runs a script in a new world.
fn powershell(script: &str) -> (u8, World) {
    let mut world = World::new();
    let code = world.run("powershell.exe", &["-NoProfile", "-Command", script]);
    (code, world)
}

/// What a script writes, line by line; it must succeed.
fn output(script: &str) -> Vec<String> {
    let (code, world) = powershell(script);
    assert_eq!((code, world.complained()), (0, ""), "{script}");
    world.said().lines().map(str::to_owned).collect()
}

#[test]
fn a_beacon_asks_and_waits_as_often_as_its_loop_says() {
    let script = "& {1..3 | ForEach-Object {\n  try {\n    Invoke-WebRequest -Uri \
                  'https://a.workers.dev/b' -UseBasicParsing -DisableKeepAlive -TimeoutSec 30 | \
                  Out-Null\n  } catch {\n  }\n  Start-Sleep -Milliseconds (0.1 * 1000)\n}}";
    // As the executor starts it: the script is the first word.
    let mut world = World::new();
    let code = world.run("powershell.exe", &[script]);
    assert_eq!((code, world.complained(), world.said()), (0, "", ""));
    assert_eq!(world.requested(), ["https://a.workers.dev/b"; 3]);
    assert_eq!(world.clock.sleeps, [Duration::from_millis(100); 3]);
    let request = &world.http.requests[0];
    assert_eq!(request.timeout, Some(Duration::from_secs(30)));
    let agent = request.headers["user-agent"].to_str().unwrap();
    assert!(agent.contains("beaconlab-stand-in/"), "{agent}");
}

#[test]
fn every_kind_of_loop_counts_right() {
    for script in [
        "for ($i = 1; $i -le 3; $i++) { iwr https://a.example/$i }",
        "$i = 0; while ($i -lt 3) { $i += 1; iwr \"https://a.example/$i\" | Out-Null }",
        "foreach ($n in 1..3) { $null = iwr -Uri ('https://a.example/' + $n) }",
        "1..3 | % { [void](Invoke-WebRequest \"https://a.example/$($_)\") }",
        "1,2,3 | ForEach-Object -Process { $r = Invoke-WebRequest -Uri:https://a.example/$_ }",
        "@(1; 2\n3) | foreach { iwr ('https://a.example/' + $PSItem) }",
        "for ($i=0;;) { if (++$i -gt 9) { break }; if ($i -gt 3) { continue }\n \
         INVOKE-webrequest `\n -URI https://a.example/$i }",
        "$base = 'https://a.example'; $urls = @(\"$base/1\", \"${base}/2\")\n\
         $urls += \"$base/3\"; foreach ($Url in $URLS) { curl $url } # done",
    ] {
        let (code, world) = powershell(script);
        assert_eq!((code, world.complained()), (0, ""), "{script}");
        let expected = [
            "https://a.example/1",
            "https://a.example/2",
            "https://a.example/3",
        ];
        assert_eq!(world.requested(), expected, "{script}");
    }
}

#[test]
fn expressions_have_powershells_values() {
    for (script, expected) in [
        ("1 + 2 * 3 - 8 / 2", "3"),
        ("(1 + 2) * 3 % 5", "4"),
        ("7 / 2", "3.5"),
        ("-7 % 3", "-1"),
        ("1 + '5'", "6"),
        ("'1' + 5", "15"),
        ("'ab' * 3", "ababab"),
        ("- 2 + +3", "1"),
        ("1.5 + 1.5", "3"),
        ("9223372036854775807 + 1 -gt 0", "True"),
        ("'A' -eq 'a'", "True"),
        ("10 -gt 9 -and '10' -lt '9'", "True"),
        ("5 -eq 'x' -or -not $false -xor !$true", "True"),
        ("$null -eq $nothing", "True"),
        ("(1,2,3 -ge 2).Count", "2"),
        ("(1..3 + 4..5).Length", "5"),
        ("\"$(3..1)\"", "3 2 1"),
        ("(1,5,9)[1] + (1,5,9)[-1]", "14"),
        ("'abc'.Length", "3"),
        ("[int]2.5 + [int]3.5 + [int]'4'", "10"),
        ("[string]1 + 1", "11"),
        (
            "\"a`tb`\"\"\"c $ `$d 'e' $true\"",
            "a\tb\"\"c $ $d 'e' True",
        ),
        ("'it''s $x'", "it's $x"),
        ("$x = 5; \"<$x>$($x + 1)<${x}y>\"", "<5>6<5y>"),
        ("$x = 5; $y = $x++; $x *= 2; \"$x $y\"", "12 5"),
        ("<# a # b #> 1 # c", "1"),
        ("$a = 1, 2; $a += 3; \"$a\"", "1 2 3"),
        ("if (0) { 'a' } elseif ('') { 'b' }\nelse { 'c' }", "c"),
        (
            "Write-Host -ForegroundColor Green a 'b c' (1+1) -NoNewline",
            "a b c 2",
        ),
        ("$x = 1..3 | % { $_ * 2 }; \"$x\"", "2 4 6"),
        ("$t = @{ a = 1; 'b-c' = 'x' }; $t.Count", "2"),
    ] {
        assert_eq!(output(script), [expected], "{script}");
    }
}

#[test]
fn pipelines_stream() {
    assert_eq!(
        output("1..2 | % { Write-Host \"a$_\"; $_ } | % { Write-Host \"b$_\" }"),
        ["a1", "b1", "a2", "b2"]
    );
    assert_eq!(output("1..3 | Write-Output | Write-Host"), ["1", "2", "3"]);
    assert_eq!(output("1..3 | Out-Null; $x = 5 | Out-Null; 'end'"), ["end"]);
}

#[test]
fn an_http_error_is_thrown_and_caught() {
    let mut world = World::new();
    world.http.answers = [
        Ok(answer(404, "")),
        Ok(answer(200, "hello")),
        Err(HttpError::NameNotResolved("a.example".to_owned())),
        Err(HttpError::Connection(
            io::ErrorKind::ConnectionRefused.into(),
        )),
        Err(HttpError::Timeout),
        Ok(answer(503, "")),
    ]
    .into();
    let script = "1..6 | ForEach-Object { try { $r = iwr https://a.example/; \
                  \"$($r.StatusCode) $($r.StatusDescription) $($r.Content)\" } \
                  catch { $_.Exception.Message } finally { Write-Host -NoNewline '.' } }";
    let code = world.run("powershell.exe", &["-c", script]);
    assert_eq!((code, world.complained()), (0, ""));
    assert_eq!(
        world.said().lines().collect::<Vec<_>>(),
        [
            "The remote server returned an error: (404) Not Found.",
            ".200 OK hello",
            ".The remote name could not be resolved: 'a.example'",
            ".Unable to connect to the remote server",
            ".The operation has timed out.",
            ".The remote server returned an error: (503) Service Unavailable.",
            ".",
        ]
    );
}

#[test]
fn an_error_that_nobody_catches_ends_its_statement() {
    for (preference, said, complaints, requests, code) in [
        ("", "after\r\n", 2, 2, 0),
        (
            "$ErrorActionPreference = 'SilentlyContinue'; ",
            "after\r\n",
            0,
            2,
            0,
        ),
        ("$ErrorActionPreference = 'Stop'; ", "", 1, 1, 1),
    ] {
        let mut world = World::new();
        world.http.answers = [Ok(answer(500, "")), Ok(answer(500, ""))].into();
        let script = format!(
            "{preference}foreach ($i in 1..2) {{ iwr https://a.example/ }}; Write-Host after"
        );
        assert_eq!(world.run("powershell.exe", &["-Command", &script]), code);
        assert_eq!(world.said(), said, "{script}");
        assert_eq!(world.complained().lines().count(), complaints, "{script}");
        assert_eq!(world.http.requests.len(), requests, "{script}");
    }
    // A `try` that is over catches nothing more.
    let (code, world) = powershell("try { 1 } catch { }; 1 / 0; Write-Host after");
    assert_eq!((code, world.said()), (0, "1\r\nafter\r\n"));
    // The last statement decides the exit code.
    let mut world = World::new();
    world.http.answers = [Ok(answer(500, ""))].into();
    assert_eq!(world.run("powershell.exe", &["iwr https://a.example/"]), 1);
}

#[test]
fn errors_of_the_script_can_be_caught_too() {
    for script in [
        "try { 1 / 0 } catch { 'caught' }",
        "try { 5 + 'x' } catch { 'caught' }",
        "try { Start-Sleep -Seconds -1 } catch { 'caught' }",
        "try { try { 1 % 0 } finally { } } catch { 'caught' }",
        "try { $x = $nothing[0] } catch { 'caught' }",
    ] {
        assert_eq!(output(script), ["caught"], "{script}");
    }
}

#[test]
fn exit_ends_at_once() {
    for (script, expected) in [
        ("exit 3; Write-Host no", 3),
        (
            "foreach ($i in 1..9) { try { exit (2 + 2) } finally { } }",
            4,
        ),
        ("exit", 0),
        ("try { exit 256 } catch { }", 1),
        ("break; Write-Host no", 0),
    ] {
        let (code, world) = powershell(script);
        assert_eq!((code, world.said()), (expected, ""), "{script}");
    }
}

#[test]
fn waits_are_whole_seconds_or_milliseconds() {
    let script = "Start-Sleep 1; sleep -s 2; Start-Sleep -Seconds 0.4; Start-Sleep -Seconds 1.5\n\
                  Start-Sleep -Milliseconds:250; Start-Sleep -m '7'";
    let (code, world) = powershell(script);
    assert_eq!(code, 0, "{}", world.complained());
    let expected = [1000, 2000, 0, 2000, 250, 7].map(Duration::from_millis);
    assert_eq!(world.clock.sleeps, expected);
}

#[test]
fn requests_have_the_parameters_that_are_given() {
    let (code, world) = powershell(
        "$h = @{ 'X-A' = 1; Accept = 'text/html' }\nInvoke-WebRequest -Method head -Headers $h \
         -UserAgent \"curl/$(8)\" -MaximumRedirection 0 -ErrorAction Stop https://a.example/?a=b",
    );
    assert_eq!(code, 0, "{}", world.complained());
    let request = &world.http.requests[0];
    assert_eq!(request.url, "https://a.example/?a=b");
    assert_eq!(request.method, "HEAD");
    assert_eq!(request.redirects, 0);
    assert_eq!(request.headers["x-a"], "1");
    assert_eq!(request.headers["accept"], "text/html");
    assert_eq!(request.headers["user-agent"], "curl/8");
}

#[test]
fn what_is_outside_the_grammar_is_refused_before_anything_runs() {
    for (construct, name) in [
        ("Get-Process", "the command `Get-Process`"),
        ("curl.exe -s https://a", "the command `curl.exe`"),
        ("Invoke-Expression $x", "the command `Invoke-Expression`"),
        ("iex (iwr https://a.example/)", "the command `iex`"),
        (
            "iwr https://a -OutFile x.exe",
            "`-outfile` of Invoke-WebRequest",
        ),
        (
            "iwr https://a -Method Post -Body $x",
            "`-body` of Invoke-WebRequest",
        ),
        ("iwr https://a -Uri https://b", "a value that no parameter"),
        ("iwr -Uri", "`-uri` of Invoke-WebRequest without a value"),
        ("iwr", "`Invoke-WebRequest` without an address"),
        ("Start-Sleep", "`Start-Sleep` without either"),
        (
            "$env:COMPUTERNAME",
            "a variable of a scope or drive, `$env:`",
        ),
        (
            "\"https://a/$env:USERNAME\"",
            "a variable of a scope or drive, `$env:`",
        ),
        (
            "$global:x = 1",
            "a variable of a scope or drive, `$global:`",
        ),
        ("$PID", "the variable `$pid`"),
        ("\"$?\"", "the variable `$?`"),
        ("function f { }", "`function`"),
        ("param($x)", "`param`"),
        ("do { } while (1)", "`do`"),
        ("switch ($x) { }", "`switch`"),
        ("throw 'x'", "`throw`"),
        ("return", "`return`"),
        ("try { } catch [Net.WebException] { }", "`catch` of a type"),
        ("try { }", "`try` without `catch`"),
        (
            "[Net.ServicePointManager]::SecurityProtocol = 1",
            "a static member of `[Net.ServicePointManager]`",
        ),
        ("[DateTime]'x'", "the type `[DateTime]`"),
        ("'a' -match 'b'", "the operator `-match`"),
        ("'{0}' -f 1", "the operator `-f`"),
        ("$x.Foo", "the property `Foo`"),
        ("$x.Foo()", "the method `Foo`"),
        ("$x.Length = 1", "an assignment to anything but a variable"),
        ("$x[0] = 1", "an assignment to anything but a variable"),
        ("$null += 1", "an assignment to a constant"),
        ("$true = 1", "an assignment to a constant"),
        ("$x = if (1) { 2 }", "`if` as a value"),
        ("'a' > x.txt", "a redirection, `>`"),
        ("Write-Host a 2>$null", "a redirection"),
        ("1 | 2", "an expression after `|`"),
        ("& 'cmd.exe'", "`&` of anything but a script block"),
        ("& $x", "`&` of anything but a script block"),
        (". ./x.ps1", "dot-sourcing"),
        ("Write-Host a && Write-Host b", "`&` or `&&`"),
        ("Write-Host @x", "splatting"),
        ("@'\nx\n'@", "a here-string"),
        ("$x = { 1 }", "a script block as a value"),
        ("Write-Host { 1 }", "a script block as an argument"),
        ("0x10", "a number with a suffix"),
        ("1kb", "a number with a suffix"),
        (",1", "a comma before a single value"),
        ("1..3 | ForEach-Object Length", "without a script block"),
        (":a while (1) { }", "a label"),
        ("while (1) { break a }", "`break` with a label"),
        ("'a", "a `'` without another"),
        ("\"a", "a `\"` without another"),
        ("<# a", "`<#` without `#>`"),
        ("if (1) { 2", "the end of the script where `}`"),
        ("1 2", "`2` where the statement should end"),
        ("(1", "the end of the script where `)`"),
        ("}", "`}` where a statement"),
        ("5++", "`++` or `--` of anything but a variable"),
    ] {
        let script = format!("Write-Host first\niwr https://a.example/;  {construct}");
        let (code, world) = powershell(&script);
        let complaint = world.complained();
        assert_eq!(code, REFUSED, "{construct}");
        assert!(complaint.contains(name), "{construct}: {complaint}");
        assert!(
            complaint.contains("(at line 2, column "),
            "{construct}: {complaint}"
        );
        assert!(world.is_untouched(), "{construct}");
    }
}

#[test]
fn a_refusal_names_the_very_place() {
    let (_, world) = powershell("1\n2\n  foo bar");
    assert!(
        world
            .complained()
            .ends_with("the command `foo` (at line 3, column 3)\n")
    );
    let (_, world) = powershell("try {\n  iwr https://a -OutFile x\n} catch { }");
    assert!(world.complained().ends_with("(at line 2, column 17)\n"));
}

#[test]
fn what_only_shows_when_run_is_refused_then() {
    for (script, name) in [
        ("iwr ftp://a.example/", "its scheme is neither"),
        ("iwr https://user:pass@a.example/", "it carries credentials"),
        ("iwr a.example", "it has no scheme"),
        ("iwr https://a -Method Trace", "the method `Trace`"),
        (
            "iwr https://a -Headers @{ Host = 'b' }",
            "the header `Host`",
        ),
        ("1..1000000000", "a range of more than"),
        ("while ($true) { }", "more than 1000000 steps"),
        (
            "$x = 'aaaaaaaa'; while ($true) { $x += $x }",
            "a text of more than",
        ),
        (
            "$x = 1..9; while ($true) { $x += $x }",
            "a list of more than",
        ),
        ("$x = @(1, 2), 3", "a list in a list"),
    ] {
        let (code, world) = powershell(script);
        assert_eq!(code, REFUSED, "{script}");
        assert!(
            world.complained().contains(name),
            "{script}: {}",
            world.complained()
        );
        assert!(world.http.requests.is_empty(), "{script}");
    }
}

#[test]
fn deep_nesting_is_refused_and_long_expressions_are_not() {
    for (open, close) in [
        ("(", ")"),
        ("$(", ")"),
        ("@(", ")"),
        ("\"$(", ")\""),
        ("if (1) {", "}"),
        ("& {", "}"),
        ("1 | % {", "}"),
        ("!", ""),
        ("[int]", ""),
        ("Write-Host (", ")"),
        ("$x[", "]"),
        ("", "[0]"),
    ] {
        let script = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        let (code, world) = powershell(&script);
        assert_eq!(code, REFUSED, "{open}");
        let complaint = world.complained();
        let named = complaint.contains("nesting deeper") || complaint.contains("more than 16");
        assert!(named, "{open}: {complaint}");
    }
    let sum = vec!["1"; 20_000].join(" + ");
    assert_eq!(output(&sum), ["20000"]);
}

#[test]
fn switches_of_the_command_line() {
    for arguments in [
        &[
            "-NoP",
            "-NonI",
            "-W",
            "Hidden",
            "-ep",
            "Bypass",
            "-c",
            "Write-Host a b",
        ][..],
        &[
            "-NoLogo",
            "-ExecutionPolicy",
            "Bypass",
            "-command",
            "Write-Host",
            "a b",
        ],
        &["/nologo", "Write-Host", "a", "b"],
        &["-enc", "VwByAGkAdABlAC0ASABvAHMAdAAgAGEAIABiAA=="],
    ] {
        let mut world = World::new();
        let code = world.run("PowerShell.EXE", arguments);
        assert_eq!(
            (code, world.said()),
            (0, "a b\r\n"),
            "{arguments:?}: {}",
            world.complained()
        );
    }
    for arguments in [
        &["-File", "x.ps1"][..],
        &["-NoExit", "-c", "1"],
        &["-Command", "-"],
        &["-Command"],
        &["-enc", "x"],
        &["-enc", "AAAA"],
        &["-n", "-c", "1"],
        &[],
    ] {
        let mut world = World::new();
        assert_eq!(
            world.run("powershell.exe", arguments),
            REFUSED,
            "{arguments:?}"
        );
        assert!(world.is_untouched());
    }
}

#[test]
fn script_blocks_are_the_text_that_runs() {
    let blocks = |argv: &[&str]| script_blocks(argv);
    assert_eq!(
        blocks(&[
            "powershell.exe",
            "-NoProfile",
            "-Command",
            "& {1..5 | % { a }}"
        ]),
        ["& {1..5 | % { a }}"]
    );
    assert_eq!(
        blocks(&[
            "powershell.exe",
            "-e",
            "VwByAGkAdABlAC0ASABvAHMAdAAgAGEAIABiAA=="
        ]),
        ["Write-Host a b"]
    );
    assert!(blocks(&["powershell.exe", "-File", "x.ps1"]).is_empty());
    assert!(blocks(&[]).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_ends_without_a_panic(
        text in r#"(1\.\.3 \| % |iwr https://a/|try|catch|foreach \(\$x in |while|Write-Host|\$x|-eq|[-{}()$"'`@%|;,.=+*#<>\[\]&! \n1a]){0,14}"#,
    ) {
        let (_, world) = powershell(&text);
        prop_assert!(world.programs.started.is_empty());
    }
}
