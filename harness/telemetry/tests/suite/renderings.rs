//! Events that are read without an XML parser are what the parser reads: on all
//! recorded events at hand.

use sysmon::RecordedEvent;
use telemetry::Wanted;

use crate::data;

/// What is read without a parser, as the parser has it; `None` if it is not read.
fn read(xml: &str, keeps: impl Fn(&str) -> bool) -> Option<RecordedEvent> {
    let event = RecordedEvent::of_rendering(xml, &keeps)?;
    let parsed = RecordedEvent::of_xml_with(xml, &keeps).unwrap();
    let data = parsed.data.iter();
    let borrowed = RecordedEvent {
        id: parsed.id,
        provider: parsed.provider.as_deref(),
        channel: parsed.channel.as_deref(),
        computer: parsed.computer.as_deref(),
        time_created: parsed.time_created,
        record_id: parsed.record_id,
        process_id: parsed.process_id,
        data: data
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect(),
    };
    assert_eq!(event, borrowed, "{xml}");
    Some(parsed)
}

#[test]
fn recorded_events_are_read_as_the_parser_reads_them() {
    for (name, suffix) in [("evtx", ".evtx"), ("sysmon", ".xml")] {
        let Some(folder) = data::folder(name) else {
            continue;
        };
        let mut events = 0;
        for path in data::files(&folder, suffix) {
            for (_, xml) in data::read(&path, &Wanted::all()).0 {
                // Some recordings give fields alone.
                if xml.is_empty() {
                    continue;
                }
                events += 1;
                let is_id = |name: &str| name.ends_with("Guid") || name == "UtcTime";
                let event = read(&xml, is_id);
                assert!(event.is_some_and(|event| event.id.is_some()), "{xml}");
                // Whatever holds no reference holds nothing to be decoded.
                assert!(read(&xml, |_| true).is_some() || xml.contains('&'), "{xml}");
            }
        }
        assert!(events > 10, "{name} {suffix}: {events} events");
    }
}
