//! The pipelines of the demo: configurations as people write them, each with branches of its own.

use std::borrow::Cow;

use crate::fleet_sim::setup::plain_config;

/// A pipeline of the demo.
pub(super) struct DemoPipeline {
    pub(super) name: Cow<'static, str>,
    pub(super) config: Cow<'static, str>,
    /// Labels of the nodes that run it; none: all do.
    pub(super) selector: Labels,
    /// What it becomes while the demo runs.
    pub(super) next: Option<NextVersion>,
}

/// A newer version of a pipeline.
#[derive(Clone, Copy)]
pub(super) struct NextVersion {
    pub(super) config: &'static str,
    pub(super) changelog: &'static str,
}

/// Components of the pipelines beyond those that are written here.
const PLAIN_COMPONENTS: usize = 4;

type Labels = &'static [(&'static str, &'static str)];

/// Names, texts and selectors.
const WRITTEN: [(&str, &str, Labels); 8] = [
    ("web-access-logs", include_str!("pipelines/web-access-logs.first.yaml"), &[]),
    (
        "kubernetes-events",
        include_str!("pipelines/kubernetes-events.yaml"),
        &[("role", "kubernetes")],
    ),
    (
        "payment-audit",
        include_str!("pipelines/payment-audit.yaml"),
        &[("role", "web"), ("region", "eu-west")],
    ),
    ("edge-metrics", include_str!("pipelines/edge-metrics.yaml"), &[]),
    ("auth-events", include_str!("pipelines/auth-events.yaml"), &[]),
    (
        "database-slow-log",
        include_str!("pipelines/database-slow-log.yaml"),
        &[("role", "database")],
    ),
    ("firewall-flow", include_str!("pipelines/firewall-flow.yaml"), &[("role", "edge")]),
    ("mail-gateway", include_str!("pipelines/mail-gateway.yaml"), &[("role", "mail")]),
];

/// What becomes of the first one.
const NEXT: NextVersion = NextVersion {
    config: include_str!("pipelines/web-access-logs.yaml"),
    changelog: "Leave out health checks, and tell on-call of server errors",
};

/// The pipeline at this place; numbered ones from the ninth on.
pub(super) fn demo_pipeline(index: usize) -> DemoPipeline {
    if let Some((name, config, selector)) = WRITTEN.get(index) {
        let next = (index == 0).then_some(NEXT);
        return DemoPipeline { name: (*name).into(), config: (*config).into(), selector, next };
    }
    let name = format!("pipeline-{index:03}");
    let config = plain_config(&name, PLAIN_COMPONENTS).into();
    DemoPipeline { name: name.into(), config, selector: &[], next: None }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::demo::hosts::demo_hosts;
    use crate::fleet_sim::flow::Flow;
    use crate::vector_config::VectorConfig;
    use crate::vector_config::component::ComponentKind;

    #[test]
    fn configurations_are_without_a_problem_and_events_reach_every_component() {
        for index in 0..10 {
            let pipeline = demo_pipeline(index);
            let next = pipeline.next.map(|next| next.config.into());
            for text in [Some(pipeline.config), next].into_iter().flatten() {
                let name = &pipeline.name;
                assert_eq!(VectorConfig::parse(&text).problems, [], "{name}");
                let flow = Flow::read(&text).unwrap();
                assert!((3..=9).contains(&flow.parts.len()), "{name}");
                let passed = flow.passed(&vec![100_000; flow.parts.len()]);
                assert!(passed.iter().all(|passed| passed.sent > 0), "{name}: {passed:?}");
            }
        }
    }

    #[test]
    fn pipelines_differ_and_most_have_several_sinks() {
        let flows: Vec<Flow> =
            (0..8).map(|index| Flow::read(&demo_pipeline(index).config).unwrap()).collect();
        let shapes: BTreeSet<Vec<&str>> =
            flows.iter().map(|flow| flow.parts.iter().map(|part| &*part.id).collect()).collect();
        assert_eq!(shapes.len(), 8);
        let sinks =
            |flow: &Flow| flow.parts.iter().filter(|part| part.kind == ComponentKind::Sink).count();
        assert!(flows.iter().filter(|flow| sinks(flow) > 1).count() >= 7);
    }

    #[test]
    fn every_selector_picks_some_of_the_demo_and_none_picks_all() {
        let hosts = demo_hosts(60);
        for index in 0..8 {
            let pipeline = demo_pipeline(index);
            let runs = |pairs: &[(&str, &str)]| {
                let picks = |labels: &BTreeMap<String, String>| {
                    pairs.iter().all(|(key, value)| labels[*key] == *value)
                };
                hosts.iter().filter(|host| picks(&host.labels.0)).count()
            };
            let picked = runs(pipeline.selector);
            let is_everywhere = pipeline.selector.is_empty();
            assert!(picked > 0 && (picked == 60) == is_everywhere, "{}", pipeline.name);
        }
    }
}
