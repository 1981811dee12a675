//! Where the names of points stand, so that none lies over another or over a point: at whatever width the page is shown.

/// Widths of a chart that are looked at, in pixels, with how much each counts: places across are shares of it, letters are not.
const WIDTHS: [(f64, usize); 5] = [(340.0, 1), (480.0, 2), (640.0, 4), (860.0, 4), (1_120.0, 4)];
/// What a letter takes across, at most as a rule, and a line of them up and down.
const LETTER: f64 = 8.2;
const LINE: f64 = 15.0;
/// How much further off the next place is.
const STEP: f64 = 5.0;
/// From the middle of a point to its name.
const BESIDE: f64 = 9.0;
/// A point's radius with a little air.
const POINT: f64 = 6.0;

/// A name's place beside its point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Label {
    /// Whether it ends at the point rather than begins there.
    pub(super) ends: bool,
    /// From the point's middle to the line the letters stand on, in pixels; downwards.
    pub(super) down: f64,
}

impl Label {
    /// From the point's middle to where the name begins or ends.
    pub(super) fn across(self) -> f64 {
        if self.ends { -BESIDE } else { BESIDE }
    }

    /// Whether it stands so far off that a line has to lead to it.
    pub(super) fn is_far(self) -> bool {
        self.down < -2.0 * LINE || self.down > 2.5 * LINE
    }
}

/// A point with its name: percent of the width, pixels from the top, letters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) letters: usize,
}

/// Left, right, top, bottom.
type Frame = [f64; 4];

fn framed(point: &Named, label: Label, width: f64) -> Frame {
    let (at, wide) = (point.x / 100.0 * width + label.across(), point.letters as f64 * LETTER);
    let (left, right) = if label.ends { (at - wide, at) } else { (at, at + wide) };
    let base = point.y + label.down;
    [left, right, base - LINE + 3.0, base + 3.0]
}

fn meet(one: &Frame, other: &Frame) -> bool {
    one[0] < other[1] && other[0] < one[1] && one[2] < other[3] && other[2] < one[3]
}

/// The names' places, in the order of the points; `height` is what the chart has for them, from its top.
pub(super) fn placed(points: &[Named], height: f64) -> Vec<Label> {
    let mut places: Vec<Option<Label>> = vec![None; points.len()];
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|one, other| {
        let of = |at: &usize| points.get(*at).map_or((0.0, 0.0), |point| (point.y, point.x));
        of(one).0.total_cmp(&of(other).0).then(of(one).1.total_cmp(&of(other).1))
    });
    for at in order {
        let Some(point) = points.get(at) else { continue };
        let usual = point.x > 60.0;
        // Nearest first: above, below, then step by step further off, on the usual side before the other.
        let steps = (0..48).flat_map(|step| [-8.0 - f64::from(step) * STEP, 18.0 + f64::from(step) * STEP]);
        let candidates = steps.flat_map(|down| [Label { ends: usual, down }, Label { ends: !usual, down }]);
        let costs =
            candidates.enumerate().map(|(nth, label)| (cost(points, &places, point, label, height), nth, label));
        let best = costs.min_by(|one, other| one.0.cmp(&other.0).then(one.1.cmp(&other.1)));
        if let (Some((.., label)), Some(place)) = (best, places.get_mut(at)) {
            *place = Some(label);
        }
    }
    places.into_iter().map(|place| place.unwrap_or(Label { ends: false, down: -8.0 })).collect()
}

/// How much a place is in the way, over all widths, the usual ones before the narrow: of names and the chart's edges, then of points.
fn cost(points: &[Named], places: &[Option<Label>], point: &Named, label: Label, height: f64) -> (usize, usize) {
    let (mut words, mut dots) = (0, 0);
    for (width, weight) in WIDTHS {
        let own = framed(point, label, width);
        let names = points
            .iter()
            .zip(places)
            .filter(|(other, place)| place.is_some_and(|place| meet(&own, &framed(other, place, width))))
            .count();
        let edges = usize::from(own[0] < 0.0 || own[1] > width) + usize::from(own[2] < 0.0 || own[3] > height);
        words += weight * (2 * names + edges);
        dots += points
            .iter()
            .filter(|other| {
                let (x, y) = (other.x / 100.0 * width, other.y);
                meet(&own, &[x - POINT, x + POINT, y - POINT, y + POINT])
            })
            .count();
    }
    (words, dots)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn overlap(points: &[Named], labels: &[Label], width: f64) -> bool {
        let frames: Vec<Frame> = points.iter().zip(labels).map(|(point, label)| framed(point, *label, width)).collect();
        (0..frames.len()).any(|one| (0..one).any(|other| meet(&frames[one], &frames[other])))
    }

    #[test]
    fn one_point_has_its_name_above_it_and_towards_the_middle() {
        let point = |x| Named { x, y: 100.0, letters: 10 };
        assert_eq!(placed(&[point(20.0)], 260.0), [Label { ends: false, down: -8.0 }]);
        assert_eq!(placed(&[point(90.0)], 260.0), [Label { ends: true, down: -8.0 }]);
    }

    #[test]
    fn points_on_one_spot_have_names_that_can_be_read() {
        let points = [Named { x: 50.0, y: 120.0, letters: 12 }; 4];
        let labels = placed(&points, 260.0);
        assert!(WIDTHS.iter().all(|(width, _)| !overlap(&points, &labels, *width)), "{labels:?}");
    }

    proptest! {
        #[test]
        fn names_never_lie_over_each_other(
            drawn in prop::collection::vec((10.0..96.0_f64, 20.0..250.0_f64, 3_usize..20), 1..9),
            width in 340.0..1_120.0_f64,
        ) {
            let points: Vec<Named> = drawn.iter().map(|(x, y, letters)| Named { x: *x, y: *y, letters: *letters }).collect();
            let labels = placed(&points, 260.0);
            prop_assert!(!overlap(&points, &labels, width), "{points:?} {labels:?}");
        }
    }
    #[test]
    fn a_crowd_with_long_names_stays_apart_and_inside_where_there_is_room() {
        let places = [
            (86.03, 185.8),
            (85.42, 58.3),
            (86.83, 185.8),
            (82.25, 208.4),
            (81.89, 174.5),
            (82.45, 185.8),
            (80.21, 179.4),
            (78.78, 210.1),
            (83.46, 192.3),
            (84.89, 190.7),
            (84.19, 195.5),
            (89.54, 211.7),
            (89.43, 198.8),
            (89.63, 181.0),
        ];
        let crowd = places.map(|(x, y)| Named { x, y, letters: 24 });
        let labels = placed(&crowd, 254.0);
        for width in [640.0, 860.0, 1_120.0] {
            assert!(!overlap(&crowd, &labels, width), "{width}: {labels:?}");
            for (point, label) in crowd.iter().zip(&labels) {
                let [left, right, top, bottom] = framed(point, *label, width);
                assert!(left >= 0.0 && right <= width && top >= 0.0 && bottom <= 254.0, "{width}: {point:?} {label:?}");
            }
        }
    }
}
