//! How precise the results of calculations are.

use crate::support::{Made, cells, evaluate, event, keeps, run};

fn value(expression: &str) -> String {
    evaluate(expression, &Made::default()).unwrap_or_default()
}

/// Search Reference, `eval`, "Rounding".
#[test]
fn results_are_as_precise_as_the_least_precise_operand() {
    assert_eq!(value("8.250 * 0.2"), "2");
    assert_eq!(value("8.250 * 0.20"), "1.7");
    assert_eq!(value("8.250 * 0.200"), "1.65");
    assert_eq!(value("8.250 * exact(0.2)"), "1.650");
}

/// Search Reference, "Mathematical functions", `sigfig()`.
#[test]
fn significant_figures() {
    assert_eq!(value("1.00*1111"), "1111");
    assert_eq!(value("sigfig(1.00*1111)"), "1110");
    assert_eq!(value("sigfig(123.0 + 4.567)"), "127.6");
    let average = event([("test", "3.990000000000215")]);
    assert_eq!(
        evaluate("sigfig(test*1.00)", &average).as_deref(),
        Some("3.99")
    );
}

/// Search Reference, "Trig and Hyperbolic functions": the examples show that
/// functions keep the precision of their arguments, and that pi has 12 digits.
#[test]
fn functions_keep_the_precision_of_their_arguments() {
    assert_eq!(value("atan(0.50)"), "0.46");
    assert_eq!(value("atanh(0.500)"), "0.549");
    assert_eq!(value("atan2(0.50, 0.75)"), "0.59");
    assert_eq!(value("cos(pi())"), "-1.00000000000");
    assert_eq!(value("acos(0)*180/pi()"), "90.0000000003");
}

/// Splunk Wiki, "Community:BadMath", and "Getting it right with Splunk" of
/// iDelta: what others measured.
#[test]
fn results_that_others_measured() {
    assert_eq!(value("3/2"), "1.5");
    assert_eq!(value("3*0.5"), "2");
    assert_eq!(value("0.23*0.014"), "0.0032");
    assert_eq!(value("0.230*0.014"), "0.0032");
    assert_eq!(value("0.230*0.0140"), "0.00322");
}

#[test]
fn sums_have_the_places_of_the_least_precise_operand() {
    for (text, result) in [
        ("0.1+0.2", "0.3"),
        ("1.5+2.25", "3.8"),
        ("1+0.25", "1.25"),
        ("10.50-0.5", "10.0"),
        ("-1.50", "-1.50"),
        ("-(1.50)", "-1.50"),
        ("7.5%2", "1.5"),
        ("1.0-1.0", "0.0"),
        ("0.0*5", "0"),
    ] {
        assert_eq!(value(text), result, "{text}");
    }
}

#[test]
fn fields_are_as_precise_as_they_are_written() {
    let event = event([
        ("n", "1.5"),
        ("whole", "3"),
        ("long", "0.12345678901234567890"),
    ]);
    for (text, result) in [
        ("n*whole", "4.5"),
        ("n*3.0", "4.5"),
        ("whole/2", "1.5"),
        ("whole*exact(n)", "4.5"),
        ("long*10", "1.2345678901234567"),
        ("n . \"\"", "1.5"),
    ] {
        assert_eq!(evaluate(text, &event).as_deref(), Some(result), "{text}");
    }
}

#[test]
fn an_expression_calculates_with_doubles_and_a_field_is_what_it_prints() {
    assert_eq!(value("3*0.5*2"), "3");
    let results = run(
        "* | eval half=3*0.5, twice=half*2 | table half twice",
        &[event([])],
    );
    assert_eq!(cells(&results), [["2", "4"]]);
    assert!(keeps("* | eval half=3*0.5 | where half=2", &event([])));
}
