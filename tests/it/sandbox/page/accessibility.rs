//! The page checked by axe-core.

use hwgrants::sandbox::{Fault, FaultAction, GranteeKind, SandboxOptions, seed};

use super::{OPEN_FOLDS, PageTest};
use crate::axe::Axe;

#[test]
fn the_page_violates_no_rule_of_axe() {
    let Some(axe) = Axe::find("the sandbox's page") else {
        return;
    };
    let checked = "the accessibility of the sandbox's page";
    let Some(mut page_test) = PageTest::start(checked, SandboxOptions::default()) else {
        return;
    };
    page_test.grant(seed::USER_ANA, GranteeKind::User, Some("2020-02-29"));
    page_test.grant(seed::GROUP_ONCALL, GranteeKind::Group, None);
    page_test.set_quirk("groups=expanded");
    page_test.world.set_delegation(seed::ACCOUNT_ID, true);
    let fault = Fault::on("CreateGrants", FaultAction::throttle("1 minute"));
    page_test.world.faults().add(fault);
    page_test.send(|client, url| client.get(format!("{url}/v9/none")));
    page_test
        .browser
        .wait_until("document.querySelectorAll('#requests li .id').length === 1");
    axe.check(&mut page_test.browser, "folded");
    page_test.browser.value(OPEN_FOLDS);
    axe.check(&mut page_test.browser, "unfolded");
    page_test.stops();
    axe.check(&mut page_test.browser, "without the sandbox");
}
