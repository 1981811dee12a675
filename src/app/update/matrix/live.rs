//! The run that is being asked: beginning one, steering it, hearing of it.

use std::collections::HashMap;

use super::{choose, limit, look_again, open_run, room, settle, show, soon, work};
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::matrix::{MatrixWork, Steer, head};
use crate::app::update::toast;
use crate::run::runner::{Ended, How, News, Reached};
use crate::state::matrix::{Live, Place, Sort};
use crate::state::{State, Tone};
use crate::stats::wording::{counted, grouped};
use crate::store::{CellPlace, Column};

/// Where a person begins with "more at once" and "fewer at once", while the runner has not said how many there are.
const USUAL: usize = 8;

/// Does one of the actions that steer a run.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let column = state.matrix.column as u32;
    let Some(live) = &mut state.matrix.live else {
        return toast(state, Tone::Note, "No run is under way. n begins one, g goes on with the one that is open.");
    };
    let steer = match action {
        Action::MatrixPause if live.paused => {
            live.paused = false;
            Steer::Resume
        }
        Action::MatrixPause => {
            live.paused = true;
            // The time that passes now says nothing about the pace.
            live.overall.forget();
            live.columns.iter_mut().for_each(crate::state::matrix::pace::Pace::forget);
            Steer::Pause
        }
        Action::MatrixStop => {
            live.stopping = true;
            Steer::Stop
        }
        Action::MatrixCloseColumn => {
            let here = state.matrix.run.as_ref().map(|run| run.line.id);
            if here.is_none() || here != live.run {
                return toast(state, Tone::Note, "The run that is open is not the one under way.");
            }
            if live.closed.contains(&column) {
                return toast(state, Tone::Note, "This column is asked no further already.");
            }
            return close(state, column);
        }
        _ => {
            let now = live.concurrency.or(live.pace.map(|(limit, _)| limit)).unwrap_or(USUAL);
            let next =
                if action == Action::MatrixMore { now + (now / 4).max(1) } else { now - (now / 4).max(1).min(now - 1) };
            live.concurrency = Some(next);
            let mut effects = vec![work(MatrixWork::Steer(Steer::Concurrency(next)))];
            effects.extend(toast(state, Tone::Note, format!("At most {next} trials at once on each server.")));
            return effects;
        }
    };
    vec![work(MatrixWork::Steer(steer))]
}

/// Asks a column no further, and says so at once.
fn close(state: &mut State, column: u32) -> Vec<Effect> {
    let mut effects = vec![work(MatrixWork::Steer(Steer::CloseColumn(column)))];
    effects.extend(closed(state, column, "stopped by hand"));
    effects
}

/// A column is asked no further: it is marked, what is left of it is waited for no more, and why is said.
fn closed(state: &mut State, column: u32, why: &str) -> Vec<Effect> {
    let here = state.matrix.live_here().is_some();
    let Some(live) = &mut state.matrix.live else { return Vec::new() };
    let head = state.matrix.run.as_mut().filter(|_| here).and_then(|run| run.heads.get_mut(column as usize));
    if !live.closed.contains(&column) {
        live.closed.push(column);
        live.left_out += head.as_ref().map_or(0, |head| head.planned.saturating_sub(head.done));
    }
    let Some(head) = head else { return Vec::new() };
    head.closed = Some(why.to_owned());
    // A verdict is a sentence of its own already.
    let words = format!("{} is asked no further: {}.", head.name, why.trim_end_matches('.'));
    toast(state, Tone::Note, words)
}

/// Whether another run may begin; what is said where it may not.
pub(super) fn refused(state: &mut State) -> Option<Vec<Effect>> {
    let live = state.matrix.live.as_ref()?;
    let name = live.run.map_or_else(|| "A run".to_owned(), |run| format!("Run {run}"));
    Some(toast(state, Tone::Note, format!("{name} is under way: wait for its end, or stop it with x first.")))
}

/// Goes on with the open run, or asks what is missing of it once more.
pub(super) fn go_on(state: &mut State) -> Vec<Effect> {
    if let Some(said) = refused(state) {
        return said;
    }
    let Some(run) = &state.matrix.run else { return toast(state, Tone::Note, "There is no run to go on with.") };
    let ((done, planned), id) = (run.progress(), run.line.id);
    let missing: u64 = run.heads.iter().map(|head| head.missing).sum();
    if done >= planned && missing == 0 && !run.line.lacks_scores() {
        return toast(state, Tone::Note, "Every trial of this run has its outcome. r asks the selected cell again.");
    }
    if run.line.is_settled() && missing == 0 {
        return toast(
            state,
            Tone::Note,
            "Nothing is left to ask: the verdicts are clear. r asks the selected cell again.",
        );
    }
    if let Some(reached) = run.line.end.as_deref().filter(|_| done < planned).and_then(limit::to_be_raised) {
        return limit::open(state, id, reached);
    }
    begin(state, MatrixWork::GoOn { run: id, missing: done >= planned && missing > 0, raised: None })
}

/// Asks the selected cell again.
pub(super) fn ask_again(state: &mut State) -> Vec<Effect> {
    if let Some(said) = refused(state) {
        return said;
    }
    let matrix = &state.matrix;
    let Some((run, row)) = matrix.run.as_ref().zip(matrix.row_at(matrix.line)) else {
        return toast(state, Tone::Note, "There is no cell to ask.");
    };
    let again = MatrixWork::Again { run: run.line.id, arm: matrix.column as u32, row };
    begin(state, again)
}

/// Begins asking.
pub(super) fn begin(state: &mut State, what: MatrixWork) -> Vec<Effect> {
    state.matrix.live = Some(Live::default());
    state.welcome = false;
    vec![work(what)]
}

fn place(place: CellPlace) -> Place {
    (u32::try_from(place.row).unwrap_or(u32::MAX), place.arm, place.repeat)
}

/// Something happened in the run that is being asked.
pub(super) fn heard(state: &mut State, news: News) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(live) = &mut state.matrix.live else { return Vec::new() };
    match news {
        News::Begun(begun) => {
            live.run = Some(begun.run);
            live.total = begun.total;
            live.columns = vec![crate::state::matrix::pace::Pace::default(); begun.columns.len()];
            live.set_up = None;
            // A run that was begun is what one wants to see.
            let here = state.matrix.run.as_ref().is_some_and(|run| run.line.id == begun.run);
            if !here {
                let effects = open_run(state, Some(begun.run));
                if begun.plan.case_count() > room(state) as u64 {
                    // Cases are asked in an order of their own: as in the split, hardly one in sight would be seen to come in.
                    state.matrix.order.sort = Sort::Asked;
                }
                return effects;
            }
            if let Some(run) = &mut state.matrix.run {
                // What was stopped before is asked again.
                run.heads.iter_mut().for_each(|head| head.closed = None);
                run.line.end = None;
            }
            return soon();
        }
        News::Told(words) => return toast(state, Tone::Note, words),
        News::SetUp { arm, done, of } => live.set_up = Some((arm, done, of)),
        News::Started(at) => {
            live.under_way.insert(place(at), None);
        }
        News::Streaming { place: at, bytes } => {
            live.under_way.insert(place(at), Some(bytes));
        }
        News::Done(cell) => {
            live.under_way.remove(&place(cell.place));
            live.done += 1;
            live.waiting = None;
            if !cell.known {
                live.overall.add(now);
                if let Some(pace) = live.columns.get_mut(cell.place.arm as usize) {
                    pace.add(now);
                }
            }
            // A timer that runs is left alone: it would never ring while cells come in.
            return if std::mem::replace(&mut live.dirty, true) { Vec::new() } else { soon() };
        }
        News::Dropped(at) => {
            live.under_way.remove(&place(at));
        }
        News::Waiting { arm, seconds } => live.waiting = (seconds > 0).then_some((arm, seconds)),
        News::Pace { limit, under_way } => live.pace = Some((limit, under_way)),
        News::Columns(columns) => take_columns(state, &columns),
        News::Closed { arm, why } => return closed(state, arm, &why),
        News::Again { cells } => {
            live.total += cells;
            return toast(state, Tone::Note, format!("{} missing trials are asked once more.", grouped(cells)));
        }
        News::Ended(ended) => return over(state, &ended),
    }
    Vec::new()
}

/// Takes the sums of the columns into the open run, where it is the one that is asked.
fn take_columns(state: &mut State, columns: &[Column]) {
    if state.matrix.live_here().is_none() {
        return;
    }
    let Some(run) = &mut state.matrix.run else { return };
    let of = (run.repeats, run.looks);
    for (there, column) in run.heads.iter_mut().zip(columns) {
        *there = crate::state::matrix::Head {
            closed: there.closed.take(),
            ..head(std::mem::take(&mut there.name), there.planned, column, of)
        };
    }
}

/// It is over: what is shown is read once more, and how it ended is said.
fn over(state: &mut State, ended: &Ended) -> Vec<Effect> {
    take_columns(state, &ended.columns);
    state.matrix.live = None;
    let name = format!("Run {}", ended.run);
    let so_far = format!("{} of {} done", grouped(ended.done), grouped(ended.planned));
    let missing = match ended.missing {
        0 => String::new(),
        missing if missing == ended.lasting => {
            format!(", {} missing: asking again changes nothing as things are", grouped(missing))
        }
        missing => format!(", {} missing: g asks these again", grouped(missing)),
    };
    let (tone, words) = match &ended.how {
        How::Finished if ended.in_batches > 0 => {
            let waiting = counted(ended.in_batches, "trial");
            let words = format!(
                "{name}: {so_far}{missing}; {waiting} under way in a batch: take it in with fourfold batch fetch."
            );
            (Tone::Note, words)
        }
        How::Finished if ended.open() > 0 => {
            let words = ended.as_recorded(ended.planned);
            (Tone::Note, format!("{name}: {words}, {so_far}; g in the matrix asks the rest."))
        }
        How::Finished | How::Clear if ended.unscored > 0 => {
            let why =
                ended.unscored_why.as_ref().map_or_else(String::new, |why| format!(" ({})", why.trim_end_matches('.')));
            let unscored = format!("{} without a score{why}: g scores these again", grouped(ended.unscored));
            (Tone::Note, format!("{name}: {}, {so_far}{missing}, {unscored}.", ended.how.in_words()))
        }
        How::Finished | How::Clear => {
            let words = if ended.settled > 0 { ended.as_recorded(ended.planned) } else { ended.how.in_words() };
            (Tone::Done, format!("{name}: {words}, {so_far}{missing}."))
        }
        How::Failed { what, hint } => (Tone::Bad, format!("{name} stopped, {so_far}: {what}. {hint}")),
        How::Limit(reached @ (Reached::Calls { .. } | Reached::Cost { .. })) => {
            let words = reached.in_words();
            (Tone::Note, format!("{name}: {words}, {so_far}; g in the matrix asks for the next limit and goes on."))
        }
        how => (Tone::Note, format!("{name}: {}, {so_far}; g in the matrix goes on.", how.in_words())),
    };
    let mut effects = toast(state, tone, words);
    if let Some(run) = state.matrix.run.as_mut().filter(|run| run.line.id == ended.run) {
        run.line.end = Some(ended.as_recorded(run.progress().1));
        run.close_settled();
        state.matrix.window.asked = 0..0;
        state.matrix.figures = HashMap::new();
        effects.extend(settle(state));
        effects.extend(choose::count_flips(state));
        if state.matrix.shown && !state.matrix.view.has_rows() {
            let view = state.matrix.view;
            effects.extend(show(state, view));
        }
    }
    effects
}

/// It could not begin, or broke off.
pub(super) fn failed(state: &mut State, what: &str, hint: &str) -> Vec<Effect> {
    state.matrix.live = None;
    let mut effects = toast(state, Tone::Bad, format!("{what}. {hint}"));
    // It may be that another process asks it.
    effects.extend(look_again(state));
    effects
}

/// What quitting would break off, in words.
pub(in crate::app::update) fn work_in_progress(state: &State) -> Option<String> {
    let live = state.matrix.live.as_ref()?;
    let name = live.run.map_or_else(|| "a run".to_owned(), |run| format!("run {run}"));
    Some(format!(
        "{name} is under way ({} of {} trials done; it can be gone on with)",
        grouped(live.done),
        grouped(live.total)
    ))
}
