//! `beaconlab list` and `beaconlab show`.

use beaconlab::outcome::ExitCode;
use scenarios::{Action, AtomicTest, Library, Overrides, RowsRule, Suite};

use super::Done;
use super::args::{ListArgs, ShowArgs};
use super::run::{find, library, line, print};

pub(super) fn list(args: &ListArgs) -> Done {
    let library = library(args.scenarios.as_deref())?;
    let mut text = String::new();
    for (title, control, suite) in [
        ("Scenarios", false, Suite::Core),
        ("Controls", true, Suite::Core),
        ("Scenarios of the extended suite", false, Suite::Extended),
        ("Controls of the extended suite", true, Suite::Extended),
    ] {
        let of_kind: Vec<_> = library
            .atomics()
            .iter()
            .filter(|test| test.control == control && test.signals.suite == suite)
            .collect();
        if of_kind.is_empty() {
            continue;
        }
        line(&mut text, title);
        for test in of_kind {
            let guid = test.guid.to_string();
            let short = guid.split('-').next().unwrap_or_default();
            line(
                &mut text,
                format_args!("  {:>2}  {short}  {}", test.number, test.name),
            );
        }
        text.push('\n');
    }
    line(&mut text, "Detections");
    for detection in library.detections() {
        line(
            &mut text,
            format_args!("  {}  {}", detection.id, detection.name()),
        );
    }
    line(
        &mut text,
        "\n`beaconlab show NUMBER` shows one, `beaconlab run` runs those that are not of the extended \
         suite, `beaconlab run --suite all` runs all.",
    );
    print(&text)?;
    Ok(ExitCode::AsExpected.into())
}

pub(super) fn show(args: &ShowArgs) -> Done {
    let library = library(args.scenarios.as_deref())?;
    if let Some(detection) = library
        .detections()
        .iter()
        .find(|detection| detection.id == args.selector)
    {
        // Beside the text, not in it: what is shown is copied into a file, and
        // SPL would take a line about its origin for words to search for.
        if let Some(origin) = &detection.origin {
            anstream::eprintln!("{}", origin.name);
            if let Some(url) = &origin.url {
                anstream::eprintln!("{url}");
            }
        }
        print(&detection.spl)?;
        return Ok(ExitCode::AsExpected.into());
    }
    let test = find(&library, &args.selector)?;
    print(&described(test, &library))?;
    Ok(ExitCode::AsExpected.into())
}

fn described(scenario: &AtomicTest, library: &Library) -> String {
    let mut text = String::new();
    line(
        &mut text,
        format_args!("{}. {}", scenario.number, scenario.name),
    );
    line(&mut text, format_args!("   {}", scenario.guid));
    line(
        &mut text,
        format_args!("   {} {}", scenario.technique, scenario.technique_name),
    );
    text.push('\n');
    for paragraph in scenario.description.trim().lines() {
        line(
            &mut text,
            format_args!("   {paragraph}").to_string().trim_end(),
        );
    }
    if let Some(purpose) = &scenario.signals.purpose {
        line(&mut text, "\nWhat it is for");
        line(&mut text, format_args!("   {purpose}"));
    }
    if !scenario.arguments.is_empty() {
        line(&mut text, "\nArguments");
        for (name, argument) in &scenario.arguments {
            let default = argument.default.as_deref().unwrap_or("none");
            line(
                &mut text,
                format_args!("   {name}  {} (default: {default})", argument.description),
            );
        }
    }
    line(&mut text, "\nCommand");
    match scenario.resolve(&Overrides::default()) {
        Ok(resolved) => {
            let command = resolved.executor.command_line(&resolved.command);
            for part in command.lines() {
                line(&mut text, format_args!("   {part}"));
            }
        }
        Err(error) => {
            line(&mut text, format_args!("   {error}"));
            if let Action::Manual { steps } = &scenario.action {
                line(&mut text, format_args!("   {steps}"));
            }
        }
    }
    line(&mut text, "\nTelemetry expected");
    for expectation in &scenario.signals.telemetry {
        let fields: Vec<_> = expectation
            .fields
            .iter()
            .map(|(field, value)| format!("{field}={value}"))
            .collect();
        line(
            &mut text,
            format_args!(
                "   event {:<4} {} {}{}",
                expectation.event,
                expectation.bound,
                fields.join(" "),
                condition(&expectation.when)
            ),
        );
    }
    for detection in library.detections() {
        line(
            &mut text,
            format_args!("\nRows expected of {}", detection.name()),
        );
        let expectations = detection.expectations.as_ref();
        for expectation in expectations.map_or(&[][..], |all| all.of(scenario.guid)) {
            let known = if expectation.known_miss {
                " (known miss)"
            } else if expectation.false_alarm {
                " (known false alarm)"
            } else {
                ""
            };
            line(
                &mut text,
                format_args!(
                    "   {}{known}{}",
                    expectation.bound,
                    condition(&expectation.when)
                ),
            );
            if let Some(rule) = &expectation.rows {
                line(&mut text, format_args!("      {}", rows(rule)));
            }
            if let Some(because) = &expectation.because {
                line(&mut text, format_args!("      because {because}"));
            }
        }
    }
    text
}

/// What the rows must hold.
fn rows(rule: &RowsRule) -> String {
    let (which, values) = match rule {
        RowsRule::All(values) => ("each row has", values),
        RowsRule::Any(values) => ("at least one row has", values),
    };
    let values: Vec<_> = values
        .iter()
        .map(|(column, value)| format!("{column}={value}"))
        .collect();
    format!("{which} {}", values.join(", "))
}

fn condition(when: &scenarios::Conditions) -> String {
    fn names<T: ToString>(name: &str, values: Option<&Vec<T>>) -> Option<String> {
        let values: Vec<_> = values?.iter().map(ToString::to_string).collect();
        Some(format!("{name} {}", values.join(" or ")))
    }
    let parts: Vec<_> = [
        names("behaviour", when.behaviour.as_ref()),
        names("ptr", when.ptr.as_ref()),
        names("event_22", when.queries.as_ref()),
        names("addon", when.addon.as_ref()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("  when {}", parts.join(", "))
    }
}
