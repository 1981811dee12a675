//! From two texts to blocks, pairs and segments, within the deadline.

use std::ops::Range;
use std::sync::OnceLock;

use imara_diff::{Algorithm, InternedInput};

use super::lines::Lines;
use super::pairing::{self, Effort};
use super::segment::{self, PieceKind, Segment};
use super::{Block, BlockKind, Deadline, Diff, DiffRequest, Granularity, Holds, Pair, Side, Summary, tokens};

/// A text beyond this is not compared, only shown as replaced. Offsets within a line are 32 bits.
const LIMIT: usize = 256 << 20;
/// Up to this many lines on both sides, lines are matched by histogram, which reads best. It looks at all the rest again for
/// each change, so many changes in many lines take Myers's algorithm: for a megabyte with 5 % edited, 2 ms instead of 40.
const HISTOGRAM_LINES: usize = 4_000;
/// A pair of lines up to this many bytes may be compared while a frame is drawn.
const FRAME_BYTES: usize = 2_048;
/// Two lines that have less than this share of their visible bytes in common are shown as wholly replaced: marking the words
/// they happen to share would only be noise.
const WORTH_MARKING: f64 = 0.2;

pub(super) fn compute(a: &str, b: &str, request: DiffRequest) -> Diff {
    let mut diff = Diff {
        a: Lines::new(a),
        b: Lines::new(b),
        granularity: request.granularity,
        blocks: Vec::new(),
        changes: Vec::new(),
        coarse: a.len().max(b.len()) > LIMIT,
        summary: Summary::default(),
    };
    let hunks = if a == b {
        Vec::new()
    } else if diff.coarse {
        vec![(0..diff.a.count(), 0..diff.b.count())]
    } else {
        line_hunks(&diff.a, &diff.b)
    };
    let (mut a_next, mut b_next) = (0, 0);
    for (a_range, b_range) in hunks {
        let hunk = (a_range.clone(), b_range.clone());
        push_equal(&mut diff.blocks, a_next..a_range.start, b_next..b_range.start);
        (a_next, b_next) = (a_range.end, b_range.end);
        let detail = match request.granularity {
            _ if diff.coarse && diff.a.text().len().max(diff.b.text().len()) > LIMIT => None,
            Granularity::Line => None,
            Granularity::Word | Granularity::Grapheme => {
                let found = hunk_segments(&diff.a, &diff.b, &hunk, request);
                diff.coarse |= found.as_ref().is_none_or(|found| found.1 == Grain::Coarser);
                found.map(|(segments, _)| segments)
            }
        };
        match detail {
            Some(segments) => push_by_tokens(&mut diff, hunk, segments),
            None => push_by_lines(&mut diff, hunk, request.deadline),
        }
    }
    push_equal(&mut diff.blocks, a_next..diff.a.count(), b_next..diff.b.count());
    if request.granularity == Granularity::Line {
        refine_all(&mut diff, request.deadline);
    }
    diff.changes = changes(&diff.blocks);
    diff.summary = Summary::of(&diff);
    diff
}

type Hunk = (Range<usize>, Range<usize>);

fn line_hunks(a: &Lines, b: &Lines) -> Vec<Hunk> {
    let mut input: InternedInput<&str> = InternedInput::default();
    input.reserve(a.count() as u32, b.count() as u32);
    input.update_before(a.iter());
    input.update_after(b.iter());
    let algorithm = if a.count() + b.count() <= HISTOGRAM_LINES { Algorithm::Histogram } else { Algorithm::Myers };
    let mut diff = imara_diff::Diff::compute(algorithm, &input);
    diff.postprocess_lines(&input);
    let wide = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| (wide(hunk.before), wide(hunk.after))).collect()
}

/// Whether the asked granularity was reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grain {
    AsAsked,
    Coarser,
}

/// The edits inside a hunk by word or grapheme: graphemes within half of the time left, else words, else nothing.
fn hunk_segments(a: &Lines, b: &Lines, hunk: &Hunk, request: DiffRequest) -> Option<(Vec<Segment>, Grain)> {
    let (a, b) = (a.text_of(hunk.0.clone()), b.text_of(hunk.1.clone()));
    let Some(deadline) = request.deadline else {
        return Some((tokens::segments(a, b, request.granularity, None), Grain::AsAsked));
    };
    if deadline.passed() {
        return None;
    }
    if request.granularity == Granularity::Grapheme {
        let halfway = deadline.halfway();
        let segments = tokens::segments(a, b, Granularity::Grapheme, Some(halfway));
        if !halfway.passed() {
            return Some((segments, Grain::AsAsked));
        }
    }
    let segments = tokens::segments(a, b, Granularity::Word, Some(deadline));
    let asked = request.granularity == Granularity::Word && !deadline.passed();
    Some((segments, if asked { Grain::AsAsked } else { Grain::Coarser }))
}

fn push_equal(blocks: &mut Vec<Block>, a: Range<usize>, b: Range<usize>) {
    if a.is_empty() && b.is_empty() {
        return;
    }
    match blocks.last_mut() {
        Some(last) if last.kind == BlockKind::Equal => (last.a.end, last.b.end) = (a.end, b.end),
        _ => blocks.push(Block { a, b, kind: BlockKind::Equal, pairs: Vec::new() }),
    }
}

/// A hunk as one block whose lines are paired by likeness and compared later.
fn push_by_lines(diff: &mut Diff, (a, b): Hunk, deadline: Option<Deadline>) {
    let effort = if deadline.is_some_and(Deadline::passed) { Effort::Zip } else { Effort::Compare };
    let (mut a_end, mut b_end) = (a.start, b.start);
    let pairs = pairing::pair(&diff.a, a.clone(), &diff.b, b.clone(), effort)
        .into_iter()
        .map(|beside| new_pair(beside, &mut a_end, &mut b_end))
        .collect();
    diff.blocks.push(Block { a, b, kind: BlockKind::Apart, pairs });
}

fn new_pair(beside: pairing::Beside, a_end: &mut usize, b_end: &mut usize) -> Pair {
    let holds = match beside {
        (Some(_), Some(_)) => Holds::Both,
        (Some(_), None) => Holds::OnlyA,
        (None, _) => Holds::OnlyB,
    };
    *a_end += usize::from(holds != Holds::OnlyB);
    *b_end += usize::from(holds != Holds::OnlyA);
    Pair { a_end: *a_end, b_end: *b_end, holds, segments: OnceLock::new() }
}

/// A hunk cut wherever both sides end a line at the same, equal line feed.
fn push_by_tokens(diff: &mut Diff, (a, b): Hunk, segments: Vec<Segment>) {
    let (mut a_line, mut b_line) = (a.start, b.start);
    let mut open = OpenBlock { a: a.start, b: b.start, segments: Vec::new() };
    let (a_base, b_base) = (a.start, b.start);
    let (a_text, b_text) = (diff.a.text_of(a.clone()), diff.b.text_of(b.clone()));
    let mut blocks = Vec::new();
    for segment in segments {
        // Whole lines that were put in or taken out before an equal part are a block of their own, not a part of its line.
        if segment.kind == PieceKind::Equal && open.holds_whole_changed_lines(a_text, b_text) {
            let full = std::mem::replace(&mut open, OpenBlock { a: a_line, b: b_line, segments: Vec::new() });
            blocks.push((full, a_line, b_line));
        }
        let ends_a = segment::slice(a_text, &segment.a).ends_with('\n');
        let ends_b = segment::slice(b_text, &segment.b).ends_with('\n');
        open.segments.push((segment, a_line, b_line));
        a_line += usize::from(ends_a);
        b_line += usize::from(ends_b);
        if ends_a && ends_b {
            let full = std::mem::replace(&mut open, OpenBlock { a: a_line, b: b_line, segments: Vec::new() });
            blocks.push((full, a_line, b_line));
        }
    }
    if !open.segments.is_empty() {
        blocks.push((open, a.end, b.end));
    }
    let offset = |lines: &Lines, base: usize, line: usize| lines.text_of(base..line).len() as u32;
    let mut built = std::mem::take(&mut diff.blocks);
    for (block, a_end, b_end) in blocks {
        let starts = |line: Position| match line {
            Position::A(line) => offset(&diff.a, a_base, line),
            Position::B(line) => offset(&diff.b, b_base, line),
        };
        block.close(&mut built, a_end, b_end, starts, &diff.a);
    }
    diff.blocks = built;
}

enum Position {
    A(usize),
    B(usize),
}

/// Segments between two line ends that both sides share, each with the lines it lies on.
struct OpenBlock {
    a: usize,
    b: usize,
    segments: Vec<(Segment, usize, usize)>,
}

impl OpenBlock {
    /// Nothing equal in it yet, and both sides stand at the beginning of a line.
    fn holds_whole_changed_lines(&self, a_text: &str, b_text: &str) -> bool {
        let stands_at_line_start = |text: &str, range: fn(&Segment) -> &Range<u32>| {
            let last = self.segments.iter().map(|(segment, ..)| range(segment)).rfind(|range| !range.is_empty());
            last.is_none_or(|range| segment::slice(text, range).ends_with('\n'))
        };
        !self.segments.is_empty()
            && self.segments.iter().all(|(segment, ..)| segment.kind != PieceKind::Equal)
            && stands_at_line_start(a_text, |segment| &segment.a)
            && stands_at_line_start(b_text, |segment| &segment.b)
    }

    fn close(
        self,
        blocks: &mut Vec<Block>,
        a_end: usize,
        b_end: usize,
        starts: impl Fn(Position) -> u32,
        lines: &Lines,
    ) {
        let (a, b) = (self.a..a_end, self.b..b_end);
        if self.segments.iter().all(|(segment, ..)| segment.kind == PieceKind::Equal) {
            push_equal(blocks, a, b);
            return;
        }
        let shift = |range: &Range<u32>, start: u32| range.start - start..range.end - start;
        let kind = if a.len() == 1 && b.len() == 1 { BlockKind::Merged } else { BlockKind::Apart };
        let (mut a_count, mut b_count) = (a.start, b.start);
        let mut pairs = Vec::with_capacity(a.len().max(b.len()));
        if kind == BlockKind::Merged {
            let (a_start, b_start) = (starts(Position::A(a.start)), starts(Position::B(b.start)));
            let on_line = |segment: &Segment| match segment.kind {
                PieceKind::Equal => Segment::new(segment.kind, shift(&segment.a, a_start), shift(&segment.b, b_start)),
                PieceKind::Removed => Segment::new(segment.kind, shift(&segment.a, a_start), 0..0),
                PieceKind::Added => Segment::new(segment.kind, 0..0, shift(&segment.b, b_start)),
            };
            let segments = self.segments.iter().map(|(segment, ..)| on_line(segment)).collect();
            let pair = new_pair((Some(a.start), Some(b.start)), &mut a_count, &mut b_count);
            let tidied = segment::tidy(segments, lines.line(a.start));
            pairs.push(Pair { segments: OnceLock::from(tidied.into_boxed_slice()), ..pair });
        } else {
            let mut of_pair: Vec<Vec<Segment>> = (0..a.len().max(b.len())).map(|_| Vec::new()).collect();
            for (segment, a_line, b_line) in &self.segments {
                if !segment.a.is_empty() {
                    let range = shift(&segment.a, starts(Position::A(*a_line)));
                    of_pair.get_mut(a_line - a.start).into_iter().for_each(|list| {
                        list.push(Segment::new(segment.kind, range.clone(), 0..0));
                    });
                }
                if !segment.b.is_empty() {
                    let range = shift(&segment.b, starts(Position::B(*b_line)));
                    of_pair.get_mut(b_line - b.start).into_iter().for_each(|list| {
                        list.push(Segment::new(segment.kind, 0..0, range.clone()));
                    });
                }
            }
            for (index, segments) in of_pair.into_iter().enumerate() {
                let beside = ((index < a.len()).then_some(index), (index < b.len()).then_some(index));
                let pair = new_pair(beside, &mut a_count, &mut b_count);
                pairs.push(Pair { segments: OnceLock::from(segments.into_boxed_slice()), ..pair });
            }
        }
        blocks.push(Block { a, b, kind, pairs });
    }
}

/// Marks the changed words of every pair of lines, until the deadline.
fn refine_all(diff: &mut Diff, deadline: Option<Deadline>) {
    for pair in diff.blocks.iter().flat_map(|block| &block.pairs) {
        let (Some(a), Some(b)) = (pair.a(), pair.b()) else {
            pair.segments.get_or_init(|| whole(&diff.a, &diff.b, pair));
            continue;
        };
        let (a, b) = (diff.a.line(a), diff.b.line(b));
        if deadline.is_some_and(Deadline::passed) || a.len().max(b.len()) > LIMIT {
            diff.coarse = true;
            continue;
        }
        pair.segments.get_or_init(|| refine(a, b, deadline));
        diff.coarse |= deadline.is_some_and(Deadline::passed);
    }
}

/// What a view shows of a pair that the worker did not come to.
pub(super) fn refine_for_a_frame(a: &Lines, b: &Lines, pair: &Pair) -> Box<[Segment]> {
    match (pair.a(), pair.b()) {
        (Some(left), Some(right)) if a.line(left).len() + b.line(right).len() <= FRAME_BYTES => {
            refine(a.line(left), b.line(right), None)
        }
        _ => whole(a, b, pair),
    }
}

fn whole(a: &Lines, b: &Lines, pair: &Pair) -> Box<[Segment]> {
    let text = |lines, line| Option::map_or(line, "", |line| Lines::line(lines, line));
    segment::replaced(text(a, pair.a()), text(b, pair.b()))
}

fn refine(a: &str, b: &str, deadline: Option<Deadline>) -> Box<[Segment]> {
    let segments = segment::tidy(tokens::segments(a, b, Granularity::Word, deadline), a);
    let visible = |text: &str| text.bytes().filter(|byte| *byte > b' ').count();
    let common: usize = segments
        .iter()
        .filter(|segment| segment.kind == PieceKind::Equal)
        .map(|segment| visible(segment::slice(a, &segment.a)))
        .sum();
    let all = visible(a) + visible(b);
    if all > 0 && (2 * common) as f64 / (all as f64) < WORTH_MARKING {
        return segment::replaced(a, b);
    }
    segments.into()
}

/// Neighbouring changed blocks are one change.
fn changes(blocks: &[Block]) -> Vec<Range<usize>> {
    let mut changes: Vec<Range<usize>> = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        if block.kind == BlockKind::Equal {
            continue;
        }
        match changes.last_mut() {
            Some(last) if last.end == index => last.end = index + 1,
            _ => changes.push(index..index + 1),
        }
    }
    changes
}

impl Diff {
    /// All segments of a side that are not equal, as texts; for a pair not compared, the whole line.
    pub(super) fn changed_texts(&self, side: Side) -> impl Iterator<Item = &str> {
        self.blocks.iter().flat_map(|block| &block.pairs).flat_map(move |pair| {
            let line = match side {
                Side::A => pair.a(),
                Side::B => pair.b(),
            };
            let text = line.map_or("", |line| self.line(side, line));
            match pair.segments.get() {
                Some(segments) => segment::of_side(segments, side, text),
                None => vec![segment::Piece { text, kind: PieceKind::Removed }],
            }
            .into_iter()
            .filter(|piece| piece.kind != PieceKind::Equal)
            .map(|piece| piece.text)
        })
    }
}
