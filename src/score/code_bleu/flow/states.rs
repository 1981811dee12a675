//! Where each name was set last: a list of tokens for each name, as many as there are branches it may have been set in.

use super::edges::{Pool, Span};

/// The state at one point of the code.
#[derive(Clone, Debug)]
pub(super) struct States {
    set: Vec<Span>,
}

impl States {
    /// Nothing set.
    pub(super) fn none(names: usize) -> Self {
        Self { set: vec![Span::default(); names] }
    }

    /// How many names there are.
    pub(super) fn len(&self) -> usize {
        self.set.len()
    }

    /// Where a name was set; an empty list where it was not.
    pub(super) fn get(&self, name: u32) -> Span {
        self.set.get(name as usize).copied().unwrap_or_default()
    }

    /// Sets a name.
    pub(super) fn set(&mut self, name: u32, at: Span) {
        if let Some(place) = self.set.get_mut(name as usize) {
            *place = at;
        }
    }

    /// What may be set after any of `branches`.
    pub(super) fn after(branches: &[Self], pool: &mut Pool) -> Self {
        let names = branches.first().map_or(0, Self::len);
        let mut found = Vec::with_capacity(branches.len());
        let set = (0..names)
            .map(|name| {
                found.clear();
                for branch in branches {
                    let span = branch.get(name as u32);
                    if span.length > 0 && !found.contains(&span) {
                        found.push(span);
                    }
                }
                match found.as_slice() {
                    [] => Span::default(),
                    [one] => *one,
                    several => pool.union(several),
                }
            })
            .collect();
        Self { set }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_branches_a_name_may_be_set_in_any() {
        let mut pool = Pool::default();
        let (one, two) = (pool.add([7]), pool.add([3]));
        let (mut a, mut b) = (States::none(3), States::none(3));
        a.set(0, one);
        b.set(0, two);
        b.set(1, two);
        let after = States::after(&[a, b], &mut pool);
        assert_eq!(pool.get(after.get(0)), [3, 7]);
        assert_eq!(after.get(1), two);
        assert_eq!(after.get(2).length, 0);
    }
}
