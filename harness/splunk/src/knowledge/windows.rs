//! What the add-on for Windows gives the events of all channels, and those of
//! Sysmon too where their sourcetype is its own.
//!
//! Sources: the fields of recorded events in Splunk's security content; the
//! regular expressions of the add-on as tests of others state them.

use super::{Events, FieldRule, Formula, Knowledge, Source, Step};
use crate::raw::{Attribute, Element, needle};

pub(super) static ACTIVITY_ID: Attribute = Attribute(needle!("<Correlation ActivityID="));
pub(super) static CHANNEL: Element = Element(needle!("<Channel"));
pub(super) static COMPUTER: Element = Element(needle!("<Computer"));
pub(super) static EVENT_ID: Element = Element(needle!("<EventID"));
pub(super) static EVENT_RECORD_ID: Element = Element(needle!("<EventRecordID"));
pub(super) static GUID: Attribute = Attribute(needle!(" Guid="));
pub(super) static KEYWORDS: Element = Element(needle!("<Keywords"));
pub(super) static LEVEL: Element = Element(needle!("<Level"));
pub(super) static NAME: Attribute = Attribute(needle!("<Provider Name="));
pub(super) static OPCODE: Element = Element(needle!("<Opcode"));
pub(super) static PROCESS_ID: Attribute = Attribute(needle!("<Execution ProcessID="));
pub(super) static SYSTEM_TIME: Attribute = Attribute(needle!("<TimeCreated SystemTime="));
pub(super) static TASK: Element = Element(needle!("<Task"));
pub(super) static THREAD_ID: Attribute = Attribute(needle!(" ThreadID="));
pub(super) static USER_ID: Attribute = Attribute(needle!("<Security UserID="));
pub(super) static VERSION: Element = Element(needle!("<Version"));

/// An extraction from the system block.
const fn system(
    knowledge: Knowledge,
    field: &'static str,
    from: Formula,
    source: Source,
) -> FieldRule {
    FieldRule {
        field,
        knowledge,
        step: Step::Extraction,
        events: Events::All,
        from,
        source,
        confirmed: true,
    }
}

/// What the system block gives, whoever's settings extract it.
pub(super) fn system_block(knowledge: Knowledge, source: Source) -> Vec<FieldRule> {
    [
        ("ActivityID", Formula::Attribute(&ACTIVITY_ID)),
        ("Channel", Formula::Element(&CHANNEL)),
        ("Computer", Formula::Element(&COMPUTER)),
        ("EventCode", Formula::Element(&EVENT_ID)),
        ("EventRecordID", Formula::Element(&EVENT_RECORD_ID)),
        ("Guid", Formula::Attribute(&GUID)),
        ("Keywords", Formula::Element(&KEYWORDS)),
        ("Level", Formula::Element(&LEVEL)),
        ("Name", Formula::Attribute(&NAME)),
        ("Opcode", Formula::Element(&OPCODE)),
        ("ProcessID", Formula::Attribute(&PROCESS_ID)),
        ("SystemTime", Formula::Attribute(&SYSTEM_TIME)),
        ("Task", Formula::Element(&TASK)),
        ("ThreadID", Formula::Attribute(&THREAD_ID)),
        ("Version", Formula::Element(&VERSION)),
    ]
    .into_iter()
    .map(|(field, from)| system(knowledge, field, from, source))
    .collect()
}

/// What the add-on for Windows adds to its own events and to Sysmon's.
pub(super) fn beside_sysmon(knowledge: Knowledge) -> Vec<FieldRule> {
    let rule = |field, step, from, source, confirmed| FieldRule {
        field,
        knowledge,
        step,
        events: Events::All,
        from,
        source,
        confirmed,
    };
    let (content, result) = (Source::SecurityContent, Source::RecordedResult);
    vec![
        rule(
            "UserID",
            Step::Extraction,
            Formula::Attribute(&USER_ID),
            Source::GeneratorTests,
            true,
        ),
        rule(
            "EventID",
            Step::Alias,
            Formula::Field("EventCode"),
            content,
            true,
        ),
        rule(
            "RecordNumber",
            Step::Alias,
            Formula::Field("EventRecordID"),
            content,
            true,
        ),
        rule(
            "dvc",
            Step::Alias,
            Formula::Field("Computer"),
            content,
            false,
        ),
        rule("dvc_nt_host", Step::Alias, Formula::Host, content, false),
        rule(
            "event_id",
            Step::Alias,
            Formula::Field("EventRecordID"),
            result,
            true,
        ),
        rule(
            "id",
            Step::Alias,
            Formula::Field("EventRecordID"),
            result,
            true,
        ),
        rule(
            "severity_id",
            Step::Alias,
            Formula::Field("EventType"),
            content,
            false,
        ),
        rule(
            "signature_id",
            Step::Alias,
            Formula::Field("EventCode"),
            content,
            true,
        ),
        rule(
            "user_id",
            Step::Alias,
            Formula::Field("UserID"),
            Source::GeneratorTests,
            true,
        ),
    ]
}

/// All of it, for channels other than Sysmon's.
pub(super) fn rules() -> Vec<FieldRule> {
    let mut rules = system_block(Knowledge::Windows, Source::SecurityContent);
    rules.extend(beside_sysmon(Knowledge::Windows));
    rules.push(FieldRule {
        step: Step::Extraction,
        ..system(
            Knowledge::Windows,
            "SecurityID",
            Formula::Attribute(&USER_ID),
            Source::Practice,
        )
    });
    rules.push(FieldRule {
        field: "vendor_product",
        knowledge: Knowledge::Windows,
        step: Step::Calculation,
        events: Events::All,
        from: Formula::Constant("Microsoft Windows"),
        source: Source::SecurityContent,
        confirmed: false,
    });
    rules
}
