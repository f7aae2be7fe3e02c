//! Plans of several states: their addresses get the names of their states.

use arcstr::ArcStr;

use super::plan::{DeferredChange, Plan, ResourceChange};
use super::state_name::StateName;

impl Plan {
    /// With the name of its state in all addresses.
    #[must_use]
    pub fn qualified(mut self, state: &StateName) -> Self {
        let deferred = self.deferred.iter_mut();
        let deferred = deferred.map(|DeferredChange { change, .. }| change);
        let changes = self.changes.iter_mut().chain(&mut self.drift);
        for change in changes.chain(deferred) {
            let ResourceChange {
                address,
                previous_address,
                ..
            } = change;
            *address = state.qualify(address).into();
            if let Some(address) = previous_address {
                *address = state.qualify(address);
            }
        }
        for change in &mut self.not_reviewed {
            change.address = state.qualify(&change.address);
        }
        let reasons = std::mem::take(&mut self.reasons).into_iter();
        let reasons = reasons.map(|(address, reason)| (state.qualify(&address), reason));
        self.reasons = reasons.collect();
        let configuration = &mut self.configuration;
        let modules = std::mem::take(&mut configuration.modules).into_iter();
        let modules = modules.map(|(address, source)| (state.qualify(&address), source));
        configuration.modules = modules.collect();
        let projects = std::mem::take(&mut configuration.projects).into_iter();
        let projects = projects.map(|(address, project)| (state.qualify(&address), project));
        configuration.projects = projects.collect();
        let dialects = std::mem::take(&mut configuration.dialects).into_values();
        let dialects = dialects.map(|dialect| (state.to_string(), dialect));
        configuration.dialects = dialects.collect();
        let addresses = self
            .changes
            .iter()
            .map(|change| ArcStr::clone(&change.address));
        self.access = self.access.qualified(state.as_str(), addresses.collect());
        self
    }
}
