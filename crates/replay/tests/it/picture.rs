//! The picture of a replay.

use replay::plot::plot;
use replay::sight::Share;

use crate::sample::{run, trade};

#[test]
fn a_long_history_makes_a_picture_of_modest_size_that_shows_every_policy() {
    let history = trade(90, 1);
    let trial = history.trial(30).unwrap();
    let (ours, hourly) = (run(&trial, "default"), run(&trial, "fixed60"));
    let svg = plot(&trial, Share::NONE, &[("default", &ours), ("fixed60", &hourly)]);
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    for shown in [
        ">default<",
        ">fixed60<",
        ">In the pool<",
        ">Waiting<",
        ">Taken (up)<",
        ">Refused (down)<",
        ">04-01<",
    ] {
        assert!(svg.contains(shown), "{shown}");
    }
    assert!(svg.len() < 300_000, "{}", svg.len());
    assert_eq!(svg.matches("<g>").count(), svg.matches("</g>").count());
}
