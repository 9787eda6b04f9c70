//! Writes events in the forms in which others exchange them, so that a
//! recording can be given away, and read again by a [`Reader`](crate::Reader).
//!
//! Each form takes rendered event XML, as the readers of this crate give it:
//!
//! ```
//! use telemetry::written::{Form, Metadata, Writer};
//!
//! let metadata = Metadata {
//!     source: "XmlWinEventLog:Microsoft-Windows-Sysmon/Operational",
//!     sourcetype: "XmlWinEventLog",
//!     host: "WKS-0421",
//! };
//! let form: Form = "events".parse()?;
//! let mut writer = Writer::new(form, Vec::new())?;
//! writer.event("<Event><System><EventID>5</EventID></System></Event>", &metadata)?;
//! let written = writer.finish()?;
//! assert_eq!(
//!     String::from_utf8_lossy(&written),
//!     "<Events>\n<Event><System><EventID>5</EventID></System></Event>\n</Events>\n"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a form has no place for is told by [`Form::loses`]; an event that has
//! no place in a form at all is refused, never written in part.

mod element;
mod evtx_dump;
mod nxlog;
mod splunk_export;
mod system;
mod winlogbeat;

use std::{fmt, io, io::Write, str::FromStr};

use thiserror::Error;

use element::Element;
pub use element::{NotAnEvent, NotAnEventReason};

/// A form in which events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Event XML, one event after the other, each followed by a line end.
    Xml,
    /// Event XML within `<Events>`, as `wevtutil /e:Events` and Windows' Event
    /// Viewer write it.
    Events,
    /// JSON lines as `evtx_dump -o jsonl` writes them.
    EvtxDump,
    /// JSON lines as Splunk's export writes the rows of a search.
    SplunkExport,
    /// JSON lines of the documents that Winlogbeat writes, with the event's XML.
    Winlogbeat,
    /// JSON lines as NXLog writes them, and the OTRF's Security Datasets have
    /// them.
    Nxlog,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 6] = [
        Self::Xml,
        Self::Events,
        Self::EvtxDump,
        Self::SplunkExport,
        Self::Winlogbeat,
        Self::Nxlog,
    ];

    /// Its name, which [`Form::from_str`] knows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Events => "events",
            Self::EvtxDump => "evtx-dump",
            Self::SplunkExport => "splunk-export",
            Self::Winlogbeat => "winlogbeat",
            Self::Nxlog => "nxlog",
        }
    }

    /// What a file of this form has after the last dot of its name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Xml | Self::Events => "xml",
            Self::EvtxDump | Self::SplunkExport | Self::Winlogbeat | Self::Nxlog => "jsonl",
        }
    }

    /// What events have that this form has no place for: it is not there when
    /// they are read again.
    pub const fn loses(self) -> &'static [&'static str] {
        match self {
            Self::Xml | Self::Events | Self::SplunkExport | Self::Winlogbeat => &[],
            Self::EvtxDump => &[
                "how an empty element, a quote and an attribute were written",
                "how many digits the time has: it is read with nine",
                "the case of GUIDs: they are read in upper case",
                "attributes without a value",
                "control characters: they are read as _",
            ],
            Self::Nxlog => &[
                "elements and attributes of System that NXLog has no field for, such as Level, and those without a value",
                "attributes of Event and EventData: the namespace is read as that of Windows' events",
                "how an empty element, a quote and an attribute were written",
                "what the time has below a microsecond: it is read with nine digits",
                "the order of data, where it is not the manifest's",
                "control characters: they are read as _",
            ],
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No form has this name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no form is named {name:?}; there are {}", Form::ALL.map(Form::name).join(", "))]
pub struct UnknownForm {
    /// The name.
    pub name: String,
}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(name: &str) -> Result<Self, UnknownForm> {
        let form = Self::ALL.into_iter().find(|form| form.name() == name);
        form.ok_or_else(|| UnknownForm {
            name: name.to_owned(),
        })
    }
}

/// What Splunk knows of an event beside its text. Only Splunk's export has a
/// place for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata<'m> {
    /// Splunk's `source`.
    pub source: &'m str,
    /// Splunk's `sourcetype`.
    pub sourcetype: &'m str,
    /// Splunk's `host`.
    pub host: &'m str,
}

/// Why an event was not written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output cannot be written to.
    #[error("cannot be written: {0}")]
    Io(#[from] io::Error),
    /// Something in the event has no place in the form.
    #[error("{form} has no place for {what}")]
    NoPlace {
        /// The form.
        form: Form,
        /// What it is.
        what: String,
    },
    /// The text is not one event.
    #[error("not one event: {0}")]
    NotAnEvent(#[from] NotAnEvent),
}

/// Writes events in one form.
#[derive(Debug)]
pub struct Writer<W> {
    form: Form,
    out: W,
    /// How many events were written.
    written: u64,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`, which is best buffered.
    ///
    /// # Errors
    /// When what stands before the first event cannot be written.
    pub fn new(form: Form, mut out: W) -> io::Result<Self> {
        if form == Form::Events {
            out.write_all(b"<Events>\n")?;
        }
        Ok(Self {
            form,
            out,
            written: 0,
        })
    }

    /// Writes one event. After an error nothing of it is written, unless the
    /// output itself failed.
    ///
    /// # Errors
    /// [`WriteError`]: what is no event, or has no place in the form.
    pub fn event(&mut self, raw: &str, metadata: &Metadata<'_>) -> Result<(), WriteError> {
        let raw = raw.trim_ascii();
        let form = self.form;
        let no_place = |what| WriteError::NoPlace { form, what };
        // Parsed in any case: what is no event would spoil those around it.
        let event = Element::of_event(raw)?;
        let object = match form {
            Form::Xml | Form::Events => None,
            Form::EvtxDump => Some(evtx_dump::object(&event).map_err(no_place)?),
            Form::SplunkExport => Some(splunk_export::object(raw, &event, metadata, self.written)),
            Form::Winlogbeat => Some(winlogbeat::object(raw, &event)),
            Form::Nxlog => Some(nxlog::object(&event).map_err(no_place)?),
        };
        match object {
            Some(object) => {
                serde_json::to_writer(&mut self.out, &object).map_err(io::Error::from)?;
            }
            None => self.out.write_all(raw.as_bytes())?,
        }
        self.out.write_all(b"\n")?;
        self.written += 1;
        Ok(())
    }

    /// Ends the form, and gives the output back, flushed.
    ///
    /// # Errors
    /// When the output cannot be written to.
    pub fn finish(mut self) -> io::Result<W> {
        if self.form == Form::Events {
            self.out.write_all(b"</Events>\n")?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests;
