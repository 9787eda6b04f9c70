#![allow(clippy::unwrap_used)]
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const LINUX: &str = r#"<Event><System><Provider Name="Linux-Sysmon" Guid="{ff}"/><EventID>3</EventID><TimeCreated SystemTime="2026-11-24T02:33:24.099949000Z"/><EventRecordID>15562</EventRecordID><Correlation /><Execution ProcessID="6324" ThreadID="6325"/><Channel>Linux-Sysmon/Operational</Channel><Computer>vm</Computer><Security UserId="0"/></System><EventData><Data Name="RuleName"></Data><Data Name="Image">/usr/bin/a&quot;b</Data><Data Name="Empty"/><Data Name="DestinationHostname">a 'b' &gt;</Data></EventData></Event>"#;

/// What the tests ask for.
fn keeps(name: &str) -> bool {
    ["RuleName", "Empty", "Kept"].contains(&name)
}

/// The same event, its texts its own.
fn owned(event: &RecordedEvent<&str>) -> RecordedEvent {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let data = event.data.iter();
    RecordedEvent {
        id: event.id,
        provider: text(event.provider),
        channel: text(event.channel),
        computer: text(event.computer),
        time_created: event.time_created,
        record_id: event.record_id,
        process_id: event.process_id,
        data: data
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

/// What is read without a parser; it must be what the parser reads.
fn read(xml: &str) -> Option<RecordedEvent> {
    let event = RecordedEvent::of_rendering(xml, keeps).map(|event| owned(&event));
    if event.is_some() {
        assert_eq!(event, RecordedEvent::of_xml_with(xml, &keeps), "{xml}");
    }
    event
}

#[test]
fn both_renderings_are_read() {
    let event = read(LINUX).unwrap();
    assert_eq!(event.id, Some(3));
    assert_eq!(event.provider.as_deref(), Some("Linux-Sysmon"));
    assert_eq!(event.channel.as_deref(), Some("Linux-Sysmon/Operational"));
    assert_eq!(event.computer.as_deref(), Some("vm"));
    assert_eq!(event.record_id, Some(15562));
    assert_eq!(event.process_id, Some(6324));
    let at = event.time_created.unwrap();
    assert_eq!(at.to_string(), "2026-11-24T02:33:24.099949Z");
    let datum = |name: &str| (name.to_owned(), String::new());
    assert_eq!(event.data, [datum("RuleName"), datum("Empty")]);
    let windows = LINUX.replace('\'', "").replace('"', "'");
    assert_eq!(read(&windows), Some(event));
}

#[test]
fn a_renderer_of_messages_and_layout_is_read() {
    let text = LINUX.replace("></", ">\r\n  </").replace("><", ">\n <");
    let text = text.replace(
        "</Event>",
        "<RenderingInfo Culture='en-US'><Message>a &amp; b &#13;\n</Message></RenderingInfo></Event>",
    );
    assert_eq!(read(&text).unwrap().id, Some(3));
}

#[test]
fn what_needs_a_parser_is_left_to_it() {
    for (plain, other) in [
        ("<Event>", "<?xml version='1.0'?><Event>"),
        ("<Event>", " <Event>"),
        ("<Event>", "<x:Event>"),
        ("<System>", "<System><!-- <EventID>1</EventID> -->"),
        ("<Computer>vm", "<Computer>v&#109;"),
        ("<Computer>vm", "<Computer><![CDATA[vm]]>"),
        ("<Computer>vm", "<Computer><b>v</b>m"),
        ("<Channel>", "<x:Channel>"),
        ("</Channel>", "</Channel >"),
        ("\"Linux-Sysmon\"", "\"Linux&#45;Sysmon\""),
        ("\"Linux-Sysmon\"", "\"Linux\nSysmon\""),
        (" ProcessID=", "\nProcessID="),
        (" ProcessID=", " ProcessID ="),
        ("\"RuleName\"></", "\"RuleName\">&lt;</"),
        ("\"RuleName\"", "'RuleName\""),
        ("b</Data>", "b</Date>"),
        ("a&quot;b", "a&b"),
        ("a&quot;b", "a<![CDATA[</Data></EventData></Event>]]>"),
        ("</EventData>", ""),
    ] {
        let text = LINUX.replacen(plain, other, 1);
        assert_ne!(text, LINUX, "{plain}");
        assert_eq!(read(&text), None, "{text}");
    }
}

#[test]
fn half_an_event_is_none() {
    for end in 0..LINUX.len() {
        assert_eq!(read(&LINUX[..end]), None, "{end}");
    }
    let deep = "<a>".repeat(DEEPEST + 1);
    assert_eq!(read(&format!("<Event>{deep}")), None);
}

#[test]
fn the_first_attribute_and_the_last_element_of_a_name_count() {
    let text = "<Event><Execution ProcessID='1' x='' ProcessID='2'/><EventID>1</EventID>\
                <EventID>2</EventID><EventID/><Computer>a</Computer><Computer/>\
                <Data Name='Kept' Name='Other'>a</Data><Data Name='Kept'>b</Data></Event>";
    let event = read(text).unwrap();
    assert_eq!((event.process_id, event.id), (Some(1), None));
    assert_eq!(event.computer.as_deref(), Some(""));
    let datum = |value: &str| ("Kept".to_owned(), value.to_owned());
    assert_eq!(event.data, [datum("a"), datum("b")]);
}

/// Texts, some of which are not what they seem.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[ -%'-;=?-~]{0,12}",
        2 => select(vec!["7", "-", "", " 4 ", "2026-11-24T02:33:24Z", "é\u{85}\u{2028}"]).prop_map(str::to_owned),
        1 => select(vec![
            "&amp;", "&lt;Data&gt;", "&#65;", "&#x41;", "&", "&amp", "&;", "&nbsp;", "&a&b;", "\r\n\t",
            "<![CDATA[x]]>", "<![CDATA[</Event>]]>", "<!-- - -->", "<!-- <Data Name='Kept'>1</Data> -->",
            "<?a b?>", "<b>c</b>", "<b/>", "<Data Name='Kept'>n</Data>", "<Event/>", "<Event></Event>",
            "]]>", ">", "</Data>", "</Event>", "<", "\u{0}", "<!DOCTYPE a>", "<EventID>9</EventID>",
        ]).prop_map(str::to_owned),
    ]
}

/// Attributes, mostly as they are rendered.
fn attribute_text() -> impl Strategy<Value = String> {
    let key = select(vec![
        "Name",
        "SystemTime",
        "ProcessID",
        "Guid",
        "name",
        "x:Name",
        "xmlns",
    ]);
    let value = prop_oneof![
        4 => select(vec!["Kept", "RuleName", "Other", "7", "2026-11-24T02:33:24Z", ""]).prop_map(str::to_owned),
        1 => text(),
    ];
    let before = prop_oneof![8 => Just(" "), 1 => select(vec!["  ", "", "\n", "\t"])];
    let equals = prop_oneof![8 => Just("="), 1 => select(vec![" =", "= ", ""])];
    let quotes = prop_oneof![4 => Just("''"), 4 => Just("\"\""), 1 => select(vec!["'\"", "  "])];
    (before, key, equals, quotes, value).prop_map(|(before, key, equals, quotes, value)| {
        let (open, close) = quotes.split_at(1);
        [before, key, equals, open, &value, close].concat()
    })
}

/// An element, mostly as it is rendered.
fn element() -> impl Strategy<Value = String> {
    let name = select(vec![
        "Provider",
        "TimeCreated",
        "Execution",
        "EventID",
        "EventRecordID",
        "Channel",
        "Computer",
        "Data",
        "Data",
        "Data",
        "System",
        "EventData",
        "x:Data",
        "Event",
    ]);
    let attributes = proptest::collection::vec(attribute_text(), 0..3);
    let shape = prop_oneof![8 => Just(0), 4 => Just(1), 1 => 2..7];
    (name, attributes, text(), text(), shape).prop_map(|(name, attributes, text, more, shape)| {
        let attributes = attributes.concat();
        match shape {
            0 => format!("<{name}{attributes}>{text}</{name}>"),
            1 => format!("<{name}{attributes}/>"),
            2 => format!("<{name}{attributes} />{text}"),
            3 => format!("<{name}{attributes}>{text}{more}</{name} >"),
            4 => format!("<{name}{attributes}>{text}"),
            5 => format!("{text}</{name}>"),
            _ => format!("{text}<{name}{attributes} >{more}</{name}>"),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn what_is_read_is_what_the_parser_reads(
        before in prop_oneof![9 => Just(""), 1 => select(vec![" ", "a", "\u{feff}", "<!---->"])],
        elements in proptest::collection::vec(element(), 0..6),
        cut in prop_oneof![9 => Just(0_usize), 1 => 0..40_usize],
    ) {
        let text = format!("{before}<Event><System>{}</System></Event>", elements.concat());
        let end = text.len().saturating_sub(cut);
        read(text.get(..end).unwrap_or(&text));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(<|>|/|Event|Data|Name|=|'|&|;| |x|\\PC){0,40}") {
        read(&text);
        read(&format!("<Event>{text}</Event>"));
    }

    /// Else the others would show nothing.
    #[test]
    fn rendered_events_are_read(
        values in proptest::collection::vec("[ -%'-;=?-~\r\n]{0,12}(&amp;|&lt;|&#10;)?", 0..20),
    ) {
        let data = |(at, value): (usize, &String)| format!("<Data Name='Other{at}'>{value}</Data>");
        let data: String = values.iter().enumerate().map(data).collect();
        let text = LINUX.replace("</EventData>", &format!("{data}</EventData>"));
        prop_assert!(read(&text).is_some());
    }
}
