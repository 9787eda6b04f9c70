use super::super::fixtures;
use super::*;

#[test]
fn show() {
    for (name, report) in fixtures::all() {
        println!("=================== {name}");
        println!(
            "{}",
            render(
                &report,
                Some("runs/20260301T093000Z-7f3a"),
                Style {
                    colour: false,
                    width: 80
                }
            )
        );
    }
}
