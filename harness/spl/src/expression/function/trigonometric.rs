//! Trigonometric and hyperbolic functions, in radians.
//!
//! Source: Search Reference, "Trig and Hyperbolic functions". Results are as
//! precise as the least precise argument, as the examples of the page show.

use super::mathematical::{binary, unary};

functions! {
    "Trig and Hyperbolic functions";
    "acos" (1, 1), "acos(<number>)", "The arc cosine."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::acos));
    "acosh" (1, 1), "acosh(<number>)", "The arc hyperbolic cosine."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::acosh));
    "asin" (1, 1), "asin(<number>)", "The arc sine."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::asin));
    "asinh" (1, 1), "asinh(<number>)", "The arc hyperbolic sine."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::asinh));
    "atan" (1, 1), "atan(<number>)", "The arc tangent."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::atan));
    "atan2" (2, 2), "atan2(<y>, <x>)", "The arc tangent of y/x in the quadrant of the point (x, y)."
        => |arguments| super::number(arguments, |call, scope| binary(call, scope, f64::atan2));
    "atanh" (1, 1), "atanh(<number>)", "The arc hyperbolic tangent."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::atanh));
    "cos" (1, 1), "cos(<number>)", "The cosine."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::cos));
    "cosh" (1, 1), "cosh(<number>)", "The hyperbolic cosine."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::cosh));
    "hypot" (2, 2), "hypot(<x>, <y>)", "The hypotenuse of a right triangle with these legs."
        => |arguments| super::number(arguments, |call, scope| binary(call, scope, f64::hypot));
    "sin" (1, 1), "sin(<number>)", "The sine."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::sin));
    "sinh" (1, 1), "sinh(<number>)", "The hyperbolic sine."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::sinh));
    "tan" (1, 1), "tan(<number>)", "The tangent."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::tan));
    "tanh" (1, 1), "tanh(<number>)", "The hyperbolic tangent."
        => |arguments| super::number(arguments, |call, scope| unary(call, scope, f64::tanh));
}
