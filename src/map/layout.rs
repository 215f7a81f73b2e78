//! Where the boxes of a picture go: rows from top to bottom, each ordered so that few arrows cross.
//!
//! In: the sizes of the boxes, the arrows and their labels. Out: places. The same chart gives the same places. Arrows
//! that lead back run along the right-hand side. Knows nothing of words.

use std::collections::BTreeMap;

/// A width and a height, in pixels.
pub(super) type Size = (i32, i32);

/// An arrow to be placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrow {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Of its label; (0, 0) where it has none.
    pub(super) label: Size,
}

/// Where an arrow runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub(super) points: Vec<(i32, i32)>,
    /// The middle of its label.
    pub(super) label: (i32, i32),
    /// Whether it leads back.
    pub(super) back: bool,
}

/// Everything placed.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The middle of the top edge of each box.
    pub(super) boxes: Vec<(i32, i32)>,
    pub(super) routes: Vec<Route>,
    pub(super) size: Size,
}

/// Between boxes of a row, between rows, and between arrows that lead back.
const BESIDE: i32 = 28;
const BELOW: i32 = 34;
const LANE: i32 = 14;
const MARGIN: i32 = 16;
/// How often rows are sorted, and places evened out.
const SWEEPS: usize = 8;

/// A box, or an arrow on its way through a row.
struct Slot {
    row: usize,
    width: i32,
    /// Middle.
    x: i32,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Places boxes and arrows; the first box is the way in.
pub(super) fn place(boxes: &[Size], arrows: &[Arrow]) -> Placed {
    let back = leads_back(boxes.len(), arrows);
    let rows_of = rows(boxes.len(), arrows, &back);
    let mut slots: Vec<Slot> = boxes
        .iter()
        .zip(&rows_of)
        .map(|(size, row)| Slot { row: *row, width: size.0, x: 0, above: vec![], below: vec![] })
        .collect();
    // Each arrow through further rows has a slot in each of them.
    let mut chains: Vec<Vec<usize>> = Vec::with_capacity(arrows.len());
    for (arrow, back) in arrows.iter().zip(&back) {
        let mut chain = vec![arrow.from];
        if !back {
            let (first, last) = (row_of(&rows_of, arrow.from), row_of(&rows_of, arrow.to));
            for row in first + 1..last {
                slots.push(Slot { row, width: 8, x: 0, above: vec![], below: vec![] });
                chain.push(slots.len() - 1);
            }
            chain.push(arrow.to);
            for pair in chain.windows(2) {
                if let [up, down] = pair {
                    if let Some(slot) = slots.get_mut(*up) {
                        slot.below.push(*down);
                    }
                    if let Some(slot) = slots.get_mut(*down) {
                        slot.above.push(*up);
                    }
                }
            }
            if let Some(slot) = chain.get(1).and_then(|next| slots.get_mut(*next)) {
                slot.width = slot.width.max(arrow.label.0);
            }
        }
        chains.push(chain);
    }
    let count = slots.iter().map(|slot| slot.row + 1).max().unwrap_or(0);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, slot) in slots.iter().enumerate() {
        if let Some(row) = rows.get_mut(slot.row) {
            row.push(at);
        }
    }
    for sweep in 0..SWEEPS {
        sort_rows(&mut rows, &slots, sweep % 2 == 0);
    }
    for row in &rows {
        pack(row, &mut slots);
    }
    for sweep in 0..SWEEPS {
        even_out(&rows, &mut slots, sweep % 2 == 0);
    }
    let left = slots.iter().map(|slot| slot.x - slot.width / 2).min().unwrap_or(0);
    for slot in &mut slots {
        slot.x += MARGIN - left;
    }
    draw(boxes, arrows, &slots, &chains, &back, &rows)
}

fn row_of(rows: &[usize], at: usize) -> usize {
    rows.get(at).copied().unwrap_or(0)
}

/// Which arrows lead to a box that one came through on the way to them.
fn leads_back(count: usize, arrows: &[Arrow]) -> Vec<bool> {
    let mut from: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (number, arrow) in arrows.iter().enumerate() {
        if let Some(list) = from.get_mut(arrow.from) {
            list.push(number);
        }
    }
    let mut back = vec![false; arrows.len()];
    // 0: not met, 1: on the way, 2: done.
    let mut state = vec![0_u8; count];
    for start in 0..count {
        if state.get(start) != Some(&0) {
            continue;
        }
        if let Some(state) = state.get_mut(start) {
            *state = 1;
        }
        let mut way = vec![(start, 0)];
        while let Some((at, next)) = way.last().copied() {
            let Some(number) = from.get(at).and_then(|list| list.get(next)).copied() else {
                if let Some(state) = state.get_mut(at) {
                    *state = 2;
                }
                way.pop();
                continue;
            };
            if let Some(top) = way.last_mut() {
                top.1 += 1;
            }
            let Some(to) = arrows.get(number).map(|arrow| arrow.to) else { continue };
            match state.get_mut(to) {
                Some(met @ 0) => {
                    *met = 1;
                    way.push((to, 0));
                }
                Some(1) => {
                    if let Some(back) = back.get_mut(number) {
                        *back = true;
                    }
                }
                _ => {}
            }
        }
    }
    back
}

/// The row of each box: below every box that leads to it.
fn rows(count: usize, arrows: &[Arrow], back: &[bool]) -> Vec<usize> {
    let mut rows = vec![0; count];
    let mut open = vec![0_usize; count];
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (arrow, back) in arrows.iter().zip(back) {
        if *back {
            continue;
        }
        if let (Some(list), Some(open)) = (next.get_mut(arrow.from), open.get_mut(arrow.to)) {
            list.push(arrow.to);
            *open += 1;
        }
    }
    let mut ready: Vec<usize> = (0..count).filter(|at| open.get(*at) == Some(&0)).collect();
    while let Some(at) = ready.pop() {
        let row = row_of(&rows, at) + 1;
        for to in next.get(at).into_iter().flatten() {
            if let (Some(below), Some(left)) = (rows.get_mut(*to), open.get_mut(*to)) {
                *below = row.max(*below);
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ready.push(*to);
                }
            }
        }
    }
    rows
}

/// Each row by the mean place of what its slots are joined to in the row before (or behind).
fn sort_rows(rows: &mut [Vec<usize>], slots: &[Slot], downwards: bool) {
    let mut place: BTreeMap<usize, usize> = BTreeMap::new();
    for row in rows.iter() {
        place.extend(row.iter().enumerate().map(|(at, slot)| (*slot, at)));
    }
    let order: Vec<usize> =
        if downwards { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
    for number in order {
        let Some(row) = rows.get_mut(number) else { continue };
        let mut keyed: Vec<(usize, usize, usize)> = row
            .iter()
            .enumerate()
            .map(|(at, slot)| {
                let joined = slots
                    .get(*slot)
                    .map_or(&[][..], |slot| if downwards { &slot.above } else { &slot.below });
                let sum: usize = joined.iter().filter_map(|other| place.get(other)).sum();
                // In thousandths, so that equal means keep their order.
                let mean = if joined.is_empty() { at * 1000 } else { sum * 1000 / joined.len() };
                (mean, at, *slot)
            })
            .collect();
        keyed.sort_unstable();
        *row = keyed.into_iter().map(|(_, _, slot)| slot).collect();
        place.extend(row.iter().enumerate().map(|(at, slot)| (*slot, at)));
    }
}

fn width_at(slots: &[Slot], at: usize) -> i32 {
    slots.get(at).map_or(0, |slot| slot.width)
}

/// How far apart the middles of two neighbours are at least.
fn apart(slots: &[Slot], left: usize, right: usize) -> i32 {
    (width_at(slots, left) + width_at(slots, right)) / 2 + BESIDE
}

fn pack(row: &[usize], slots: &mut [Slot]) {
    let mut x = 0;
    let mut before: Option<usize> = None;
    for at in row {
        x += before.map_or(0, |before| apart(slots, before, *at));
        before = Some(*at);
        if let Some(slot) = slots.get_mut(*at) {
            slot.x = x;
        }
    }
}

/// Draws slots towards what they are joined to, without any two of a row coming too near.
fn even_out(rows: &[Vec<usize>], slots: &mut [Slot], downwards: bool) {
    let order: Vec<usize> =
        if downwards { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
    for number in order {
        let Some(row) = rows.get(number) else { continue };
        let wanted: Vec<i32> = row
            .iter()
            .map(|at| {
                let Some(slot) = slots.get(*at) else { return 0 };
                let joined = if downwards { &slot.above } else { &slot.below };
                let count = i32::try_from(joined.len()).unwrap_or(i32::MAX);
                if count == 0 {
                    return slot.x;
                }
                let sum: i32 =
                    joined.iter().filter_map(|other| slots.get(*other)).map(|other| other.x).sum();
                sum / count
            })
            .collect();
        // From the left and from the right; in the middle between the two both keep their distance.
        let mut from_left = wanted.clone();
        for at in 1..row.len() {
            if let (Some(a), Some(b), Some(before)) =
                (row.get(at - 1), row.get(at), from_left.get(at - 1).copied())
            {
                let least = before + apart(slots, *a, *b);
                if let Some(x) = from_left.get_mut(at) {
                    *x = least.max(*x);
                }
            }
        }
        let mut from_right = wanted;
        for at in (1..row.len()).rev() {
            if let (Some(a), Some(b), Some(behind)) =
                (row.get(at - 1), row.get(at), from_right.get(at).copied())
            {
                let most = behind - apart(slots, *a, *b);
                if let Some(x) = from_right.get_mut(at - 1) {
                    *x = most.min(*x);
                }
            }
        }
        for (at, (left, right)) in row.iter().zip(from_left.iter().zip(&from_right)) {
            if let Some(slot) = slots.get_mut(*at) {
                slot.x = left.midpoint(*right);
            }
        }
    }
}

/// A label in the space between two rows.
struct Tag {
    arrow: usize,
    x: i32,
    size: Size,
    line: usize,
}

fn draw(
    boxes: &[Size],
    arrows: &[Arrow],
    slots: &[Slot],
    chains: &[Vec<usize>],
    back: &[bool],
    rows: &[Vec<usize>],
) -> Placed {
    let x_of = |at: usize| slots.get(at).map_or(0, |slot| slot.x);
    let row_at = |at: usize| slots.get(at).map_or(0, |slot| slot.row);
    // Labels stand between the rows, in as many lines as they need so that none covers another.
    let mut gaps: Vec<Vec<Tag>> = rows.iter().map(|_| Vec::new()).collect();
    for (number, arrow) in arrows.iter().enumerate() {
        if arrow.label.0 == 0 {
            continue;
        }
        let next = chains.get(number).and_then(|chain| chain.get(1)).copied();
        let x = match next {
            // Nearer to where it comes from, so that arrows that cross keep their words apart.
            Some(next) => (x_of(arrow.from) * 3 + x_of(next) * 2) / 5,
            // To the right of the arrow that leads back.
            None => x_of(arrow.from) + 16 + arrow.label.0 / 2,
        };
        if let Some(gap) = gaps.get_mut(row_at(arrow.from)) {
            gap.push(Tag { arrow: number, x, size: arrow.label, line: 0 });
        }
    }
    let mut line_heights: Vec<Vec<i32>> = Vec::with_capacity(gaps.len());
    for gap in &mut gaps {
        gap.sort_by_key(|tag| (tag.x, tag.arrow));
        let mut ends: Vec<i32> = Vec::new();
        let mut heights: Vec<i32> = Vec::new();
        for tag in gap {
            let start = tag.x - tag.size.0 / 2;
            let line = ends.iter().position(|end| *end + 6 <= start).unwrap_or(ends.len());
            if line == ends.len() {
                ends.push(i32::MIN);
                heights.push(0);
            }
            tag.line = line;
            if let (Some(end), Some(height)) = (ends.get_mut(line), heights.get_mut(line)) {
                *end = start + tag.size.0;
                *height = tag.size.1.max(*height);
            }
        }
        line_heights.push(heights);
    }
    let mut tops = Vec::with_capacity(rows.len());
    let mut bottoms = Vec::with_capacity(rows.len());
    let mut y = MARGIN;
    for (row, heights) in rows.iter().zip(&line_heights) {
        let tall = row.iter().filter_map(|at| boxes.get(*at)).map(|size| size.1).max().unwrap_or(0);
        tops.push(y);
        bottoms.push(y + tall);
        y += tall + BELOW + heights.iter().map(|height| height + 6).sum::<i32>();
    }
    let top = |row: usize| tops.get(row).copied().unwrap_or(0);
    let bottom = |row: usize| bottoms.get(row).copied().unwrap_or(0);
    let mut right = slots.iter().map(|slot| slot.x + slot.width / 2).max().unwrap_or(0);
    for tag in gaps.iter().flatten() {
        right = right.max(tag.x + tag.size.0 / 2);
    }
    let mut routes = vec![Route::default(); arrows.len()];
    let mut lane = right + LANE;
    for (number, arrow) in arrows.iter().enumerate() {
        let Some(route) = routes.get_mut(number) else { continue };
        let leaves = |at: usize| {
            let height = boxes.get(at).map_or(0, |size| size.1);
            if at < boxes.len() { top(row_at(at)) + height } else { bottom(row_at(at)) }
        };
        if back.get(number) == Some(&true) {
            let (from, to) = (x_of(arrow.from) + 10, x_of(arrow.to) + 10);
            let down = bottom(row_at(arrow.from)) + BELOW / 3;
            let up = top(row_at(arrow.to)) - BELOW / 3;
            route.points = vec![
                (from, leaves(arrow.from)),
                (from, down),
                (lane, down),
                (lane, up),
                (to, up),
                (to, top(row_at(arrow.to))),
            ];
            route.back = true;
            lane += LANE;
            continue;
        }
        let chain = chains.get(number).map_or(&[][..], Vec::as_slice);
        for (place, at) in chain.iter().enumerate() {
            let row = row_at(*at);
            if place > 0 {
                route.points.push((x_of(*at), top(row)));
            }
            if place + 1 < chain.len() {
                route.points.push((x_of(*at), leaves(*at)));
                if *at < boxes.len() && leaves(*at) < bottom(row) {
                    route.points.push((x_of(*at), bottom(row)));
                }
            }
        }
    }
    for (row, (gap, heights)) in gaps.iter().zip(&line_heights).enumerate() {
        for tag in gap {
            let above: i32 = heights.iter().take(tag.line).map(|height| height + 6).sum();
            let own = heights.get(tag.line).copied().unwrap_or(0);
            if let Some(route) = routes.get_mut(tag.arrow) {
                route.label = (tag.x, bottom(row) + BELOW / 2 + above + own / 2);
            }
        }
    }
    let places = (0..boxes.len()).map(|at| (x_of(at), top(row_at(at)))).collect();
    Placed { boxes: places, routes, size: (lane + MARGIN, y) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(from: usize, to: usize) -> Arrow {
        Arrow { from, to, label: (0, 0) }
    }

    #[test]
    fn boxes_of_one_row_keep_their_distance_and_rows_go_down() {
        let boxes = [(100, 40); 6];
        let arrows = [
            plain(0, 1),
            plain(0, 2),
            plain(0, 3),
            plain(1, 4),
            plain(2, 4),
            plain(3, 5),
            plain(0, 5),
        ];
        let placed = place(&boxes, &arrows);
        for (a, first) in placed.boxes.iter().enumerate() {
            for second in placed.boxes.iter().skip(a + 1) {
                let beside = (first.0 - second.0).abs() >= 100;
                let below = (first.1 - second.1).abs() >= 40;
                assert!(beside || below, "{:?}", placed.boxes);
            }
        }
        for arrow in &arrows {
            assert!(placed.boxes[arrow.from].1 < placed.boxes[arrow.to].1);
        }
    }

    #[test]
    fn an_arrow_back_runs_beside_everything() {
        let boxes = [(100, 40); 3];
        let placed = place(&boxes, &[plain(0, 1), plain(1, 2), plain(2, 1)]);
        let back = &placed.routes[2];
        assert!(back.back && back.points.iter().any(|point| point.0 > placed.boxes[1].0 + 50));
        assert!(placed.size.0 > back.points[2].0);
    }
}
