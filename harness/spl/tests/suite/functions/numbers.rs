//! Functions on numbers.

use super::check;
use crate::support::{evaluate, event};

/// Search Reference, "Bitwise functions".
#[test]
fn bitwise() {
    check(&[
        ("bit_and(12, 9)", "8"),
        ("bit_or(4, 2)", "6"),
        ("bit_xor(3, 2)", "1"),
        ("bit_and(4, 6)", "4"),
        ("bit_or(4, 6)", "6"),
        ("bit_xor(4, 6)", "2"),
        ("bit_not(9)", "9007199254740982"),
        (
            "tostring(bit_not(9), \"binary\")",
            "11111111111111111111111111111111111111111111111110110",
        ),
        ("bit_not(9, tonumber(\"1111\", 2))", "6"),
        (
            "tostring(bit_not(9, tonumber(\"111\", 2)), \"binary\")",
            "110",
        ),
        ("bit_shift_left(2, 1)", "4"),
        ("bit_shift_left(3, 1)", "6"),
        ("bit_shift_left(1, 53)", "0"),
        ("bit_shift_left(3, 52)", "4503599627370496"),
        ("bit_shift_left(3, 57)", "0"),
        ("bit_shift_left(3, pow(2, 53)-1)", "0"),
        ("bit_shift_left(3, pow(2, 53))", ""),
        ("bit_shift_left(67, 1)", "134"),
        ("bit_shift_left(pow(2, 53), 1)", ""),
        ("bit_shift_left(3, -2)", ""),
        ("bit_shift_right(-3, 1)", ""),
        ("bit_shift_right(4, 1)", "2"),
        ("bit_shift_right(2, 1)", "1"),
        ("tostring(bit_shift_left(2, 1), \"binary\")", "100"),
        ("bit_and(pow(2, 53), 1)", ""),
        (
            "tostring(bit_or(tonumber(\"00010\", 2), tonumber(\"11001\", 2)), \"binary\")",
            "11011",
        ),
        ("bit_and(1.5, 1)", ""),
    ]);
}

/// Search Reference, "Mathematical functions".
#[test]
fn mathematical() {
    check(&[
        ("ceil(1.9)", "2"),
        ("ceiling(-1.9)", "-1"),
        ("floor(1.9)", "1"),
        ("round(3.5)", "4"),
        ("round(2.555, 2)", "2.56"),
        ("sqrt(9)", "3"),
        ("sum(1, 2, 3)", "6"),
        ("sum(1, 2, tonumber(\"3\"))", "6"),
        ("log(100)", "2"),
        ("log(8, 2)", "3"),
        ("ln(1)", "0"),
        ("ln(0)", "-inf"),
        ("sqrt(-1)", "nan"),
        ("exp(0)", "1"),
        ("pow(2, 10)", "1024"),
        ("pi()", "3.14159265358"),
        ("abs(-10.950)", "10.950"),
        ("sum(missing)", ""),
    ]);
    let made = event([("a", "5.0"), ("b", "9"), ("one", "1"), ("text", "somedata")]);
    for (expression, result) in [
        ("sum(a, b, c)", "14"),
        ("sum(one, 2, 3)", "6"),
        ("sum(text, 2, 3)", "5"),
    ] {
        assert_eq!(
            evaluate(expression, &made).as_deref(),
            Some(result),
            "{expression}"
        );
    }
}

/// Search Reference, "Statistical eval functions".
#[test]
fn statistical() {
    let made = event([
        ("a", "5.0"),
        ("b", "9"),
        ("one", "1"),
        ("text", "somedata"),
        ("n", "1"),
        ("n", "3"),
        ("n", "5"),
        ("n", "6"),
        ("n", "4"),
        ("n", "2"),
        ("baz", "baz"),
        ("zaz", "zaz"),
        ("nine", "9"),
    ]);
    for (expression, result) in [
        ("avg(a, b, c)", "7"),
        ("avg(1, 2, 3)", "2"),
        ("avg(1, 2, tonumber(\"3\"))", "2"),
        ("avg(one, 2, 3)", "2"),
        ("avg(text, 2, 3)", "2.5"),
        ("avg(n)", "3.5"),
        ("avg(text)", ""),
        ("max(1, 3, 6, 7, \"foo\", baz)", "foo"),
        ("max(1, 3, 6, 7, \"foo\", zaz)", "zaz"),
        ("max(n)", "6"),
        ("min(n)", "1"),
        ("min(3, 6, 7, \"maria\", nine)", "3"),
        ("min(3, 6, 7, \"maria\", one)", "1"),
        ("max(10, nine)", "10"),
        ("max(missing)", ""),
        ("min(\"b\", \"a\")", "a"),
    ] {
        assert_eq!(
            evaluate(expression, &made).unwrap_or_default(),
            result,
            "{expression}"
        );
    }
}

/// Search Reference, "Trig and Hyperbolic functions".
#[test]
fn trigonometric() {
    check(&[
        ("acos(0)", "1.5707963267948966"),
        ("acosh(2)", "1.3169578969248166"),
        ("asin(1)", "1.5707963267948966"),
        ("asinh(1)", "0.881373587019543"),
        ("cos(-1)", "0.5403023058681398"),
        ("cosh(1)", "1.5430806348152437"),
        ("hypot(3,4)", "5"),
        ("sin(1)", "0.8414709848078965"),
        ("sinh(1)", "1.1752011936438014"),
        ("tan(1)", "1.5574077246549023"),
        ("tan(135)", "-0.08871575677006045"),
        ("tanh(1)", "0.7615941559557649"),
        ("sin(90 * pi()/180)", "1.00000000000"),
    ]);
}
