//! Which node should own which merchant id.
//!
//! Every node works this out for itself, from the same two lists: who is there, and who owns what. Nobody is in charge, and nobody
//! has to be right: two nodes that saw different lists may both want a merchant id, and the epoch decides. What matters is that
//! they agree once they see the same.

use std::collections::{BTreeMap, BTreeSet};

use wechatpay::ids::Mchid;

/// Who should own each merchant id, given who owns it now and which nodes take any.
///
/// An owner that is not among the nodes is none. No node gets two more than another. A merchant id stays where it is unless that
/// makes its node one of those with too many: each move interrupts it for a moment. Without nodes nobody owns anything.
pub fn assign<'a>(
    owners: &'a BTreeMap<Mchid, Option<String>>,
    nodes: &'a BTreeSet<String>,
) -> BTreeMap<&'a Mchid, &'a str> {
    let mut of_node: BTreeMap<&str, BTreeSet<&Mchid>> =
        nodes.iter().map(|node| (node.as_str(), BTreeSet::new())).collect();
    let mut free = vec![];
    for (mchid, owner) in owners {
        match owner.as_deref().and_then(|owner| of_node.get_mut(owner)) {
            Some(owned) => drop(owned.insert(mchid)),
            None => free.push(mchid),
        }
    }
    for mchid in free {
        if let Some(owned) = fewest(&mut of_node) {
            owned.insert(mchid);
        }
    }
    while let Some(mchid) = one_too_many(&mut of_node) {
        if let Some(owned) = fewest(&mut of_node) {
            owned.insert(mchid);
        }
    }
    let owned = of_node.into_iter();
    owned.flat_map(|(node, owned)| owned.into_iter().map(move |mchid| (mchid, node))).collect()
}

/// What the node with the fewest merchant ids owns; the first by name of several.
fn fewest<'m, 'a>(
    of_node: &'m mut BTreeMap<&str, BTreeSet<&'a Mchid>>,
) -> Option<&'m mut BTreeSet<&'a Mchid>> {
    of_node.values_mut().min_by_key(|owned| owned.len())
}

/// Takes a merchant id from a node that has at least two more than another.
fn one_too_many<'a>(of_node: &mut BTreeMap<&str, BTreeSet<&'a Mchid>>) -> Option<&'a Mchid> {
    let least = of_node.values().map(BTreeSet::len).min()?;
    let owned = of_node.values_mut().max_by_key(|owned| owned.len())?;
    if owned.len() > least + 1 { owned.pop_last() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mchid(n: usize) -> Mchid {
        Mchid::parse(&format!("19{n:08}")).unwrap()
    }

    fn names(nodes: &[&str]) -> BTreeSet<String> {
        nodes.iter().map(|node| (*node).to_owned()).collect()
    }

    fn free(count: usize) -> BTreeMap<Mchid, Option<String>> {
        (0..count).map(|n| (mchid(n), None)).collect()
    }

    fn after(owners: &BTreeMap<Mchid, Option<String>>, nodes: &[&str]) -> BTreeMap<Mchid, Option<String>> {
        let nodes = names(nodes);
        let owned = assign(owners, &nodes);
        owned.into_iter().map(|(mchid, node)| (mchid.clone(), Some(node.to_owned()))).collect()
    }

    fn moved(before: &BTreeMap<Mchid, Option<String>>, now: &BTreeMap<Mchid, Option<String>>) -> usize {
        now.iter().filter(|(mchid, owner)| before[*mchid] != **owner).count()
    }

    fn counts(owners: &BTreeMap<Mchid, Option<String>>) -> Vec<usize> {
        let mut counts = BTreeMap::<_, usize>::new();
        for owner in owners.values() {
            *counts.entry(owner.clone()).or_default() += 1;
        }
        counts.into_values().collect()
    }

    #[test]
    fn a_node_that_comes_gets_its_part_and_one_that_goes_leaves_its_to_the_others() {
        let two = after(&free(9), &["a", "b"]);
        assert_eq!(counts(&two), [5, 4]);
        let three = after(&two, &["a", "b", "c"]);
        assert_eq!((counts(&three), moved(&two, &three)), (vec![3, 3, 3], 3));
        let without_a = after(&three, &["b", "c"]);
        assert_eq!((counts(&without_a), moved(&three, &without_a)), (vec![5, 4], 3));
    }

    #[test]
    fn without_nodes_nobody_owns_anything() {
        assert!(assign(&free(3), &BTreeSet::new()).is_empty());
    }

    proptest! {
        #[test]
        fn all_are_owned_evenly_and_nothing_moves_twice(
            count in 0usize..60,
            before in proptest::collection::vec(0usize..6, 60),
            there in proptest::collection::btree_set(0usize..6, 1..6),
        ) {
            let name = |n: &usize| format!("node {n}");
            let owners = (0..count).map(|n| (mchid(n), Some(name(&before[n])))).collect();
            let there: Vec<String> = there.iter().map(name).collect();
            let nodes: Vec<&str> = there.iter().map(String::as_str).collect();
            let now = after(&owners, &nodes);
            prop_assert_eq!(now.len(), count);
            let fair = count / nodes.len();
            let spread = counts(&now);
            prop_assert!(spread.iter().all(|owned| (fair..=fair + 1).contains(owned)), "{:?}", spread);
            // Each that moved had lost its node, or its node had more than its part.
            let lost = owners.values().filter(|owner| !there.contains(owner.as_ref().unwrap())).count();
            let surplus: usize = there
                .iter()
                .map(|node| owners.values().filter(|owner| owner.as_ref() == Some(node)).count())
                .map(|owned| owned.saturating_sub(fair))
                .sum();
            prop_assert!(moved(&owners, &now) <= lost + surplus);
            prop_assert_eq!(after(&now, &nodes), now, "and then it rests");
        }
    }
}
