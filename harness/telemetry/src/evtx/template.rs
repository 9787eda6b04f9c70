//! What a template's binary XML comes to: literal text with places for values.
//!
//! A template is compiled once for each chunk. What its records have in common
//! is then text already, and rendering a record is putting its values between.

use std::ops::Range;

use super::{
    EvtxError,
    cursor::Cursor,
    text::{self, Within},
    value::{Value, kind},
};

/// A step of rendering.
#[derive(Debug, Clone)]
pub(super) enum Op {
    /// A part of [`Program::text`].
    Literal(Range<usize>),
    /// A value of the record.
    Value { slot: u16, within: Within },
    /// ` name='value'`, left out where the value is empty; the literal is
    /// ` name='`.
    Attribute { slot: u16, start: Range<usize> },
    /// The next so many steps are an element that is left out where the value
    /// is null.
    Guard { slot: u16, skip: usize },
    /// The next so many steps are an element that is repeated for each item of
    /// an array among its values, which these are in [`Program::slots`].
    Element { slots: Range<usize>, steps: usize },
    /// Binary XML at this place of the chunk.
    Stream { start: usize, end: usize },
    /// An instance of a template at this place of the chunk.
    Instance { at: usize },
}

/// How to render the records of one template.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) text: Vec<u8>,
    pub(super) ops: Vec<Op>,
    pub(super) slots: Vec<u16>,
    pub(super) event_id: Option<Known>,
    pub(super) channel: Option<Known>,
}

/// Where a record's channel or event id is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// In this value of the record.
    Slot(u16),
    /// It is the same for all (in UTF-16).
    Literal(Vec<u8>),
}

/// The deepest that elements may be nested.
const DEEPEST: usize = 256;

/// What is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A template's definition: elements name the value they depend on, and
    /// values are left open.
    Template,
    /// One element of a record's own.
    Element,
}

/// Compiles the binary XML from the cursor on, which is left behind it.
///
/// For records that hold arrays, elements with values are marked, so that
/// they can be repeated.
pub(super) fn compile(
    cursor: &mut Cursor<'_>,
    end: usize,
    part: Part,
    arrays: bool,
) -> Result<Program, EvtxError> {
    let mut compiler = Compiler {
        program: Program::default(),
        literal: 0,
        open: Vec::new(),
        part,
        arrays,
    };
    while cursor.at < end {
        let before = cursor.at;
        let token = cursor.u8()?;
        match token {
            0x00 => break,
            // A header: version and flags.
            0x0F => {
                cursor.bytes(3)?;
            }
            0x01 | 0x41 => {
                compiler.element(cursor, token & 0x40 != 0)?;
                if part == Part::Element && compiler.open.is_empty() {
                    break;
                }
            }
            0x04 => {
                compiler.close(true)?;
                if part == Part::Element && compiler.open.is_empty() {
                    break;
                }
            }
            _ => {
                if compiler.open.is_empty() {
                    return Err(EvtxError::Token(token));
                }
                cursor.at = before;
                compiler.content(cursor)?;
            }
        }
    }
    if !compiler.open.is_empty() {
        return Err(EvtxError::Unbalanced);
    }
    compiler.end_literal();
    Ok(compiler.program)
}

struct Compiler<'c> {
    program: Program,
    /// Where the literal begins that is being written.
    literal: usize,
    open: Vec<Open<'c>>,
    part: Part,
    arrays: bool,
}

/// An element that is not yet closed.
struct Open<'c> {
    name: &'c [u8],
    /// The steps to correct once its length is known.
    guard: Option<usize>,
    element: Option<usize>,
    slots: Vec<u16>,
}

/// A part of an attribute's value.
enum Piece<'c> {
    Text(&'c [u8]),
    Slot(u16),
    /// A reference, as it is written.
    Reference(Vec<u8>),
}

impl<'c> Compiler<'c> {
    fn end_literal(&mut self) {
        let end = self.program.text.len();
        if end > self.literal {
            self.program.ops.push(Op::Literal(self.literal..end));
            self.literal = end;
        }
    }

    fn markup(&mut self, bytes: &[u8]) {
        self.program.text.extend_from_slice(bytes);
    }

    fn push(&mut self, op: Op) -> usize {
        self.end_literal();
        self.program.ops.push(op);
        self.program.ops.len() - 1
    }

    /// An element up to the end of its start tag.
    fn element(&mut self, cursor: &mut Cursor<'c>, has_attributes: bool) -> Result<(), EvtxError> {
        if self.open.len() >= DEEPEST {
            return Err(EvtxError::Nested);
        }
        let mut guard = None;
        if self.part == Part::Template {
            let slot = cursor.u16()?;
            // The outermost element has nothing to be left out of.
            if slot != 0xFFFF && !self.open.is_empty() {
                guard = Some(self.push(Op::Guard { slot, skip: 0 }));
            }
        }
        let element = self.arrays.then(|| {
            self.push(Op::Element {
                slots: 0..0,
                steps: 0,
            })
        });
        // Its length.
        cursor.u32()?;
        let name = cursor.name()?;
        if has_attributes {
            // Their length.
            cursor.u32()?;
        }
        self.markup(b"<");
        text::push(&mut self.program.text, name, Within::Markup);
        self.open.push(Open {
            name,
            guard,
            element,
            slots: Vec::new(),
        });
        loop {
            match cursor.u8()? {
                0x06 | 0x46 => self.attribute(cursor)?,
                0x02 => {
                    self.markup(b">");
                    return Ok(());
                }
                0x03 => {
                    self.markup(b"/>");
                    return self.close(false);
                }
                token => return Err(EvtxError::Token(token)),
            }
        }
    }

    fn close(&mut self, with_tag: bool) -> Result<(), EvtxError> {
        let open = self.open.pop().ok_or(EvtxError::Unbalanced)?;
        if with_tag {
            self.markup(b"</");
            text::push(&mut self.program.text, open.name, Within::Markup);
            self.markup(b">");
        }
        if open.guard.is_none() && open.element.is_none() {
            return Ok(());
        }
        self.end_literal();
        let program = &mut self.program;
        let end = program.ops.len();
        if let Some(at) = open.guard
            && let Op::Guard { skip, .. } = &mut program.ops[at]
        {
            *skip = end - at - 1;
        }
        if let Some(at) = open.element
            && let Op::Element { slots, steps } = &mut program.ops[at]
        {
            let first = program.slots.len();
            program.slots.extend(open.slots);
            *slots = first..program.slots.len();
            *steps = end - at - 1;
        }
        Ok(())
    }

    /// An attribute after its token.
    fn attribute(&mut self, cursor: &mut Cursor<'c>) -> Result<(), EvtxError> {
        let name = cursor.name()?;
        let mut pieces = Vec::new();
        loop {
            let mut ahead = *cursor;
            match ahead.u8()? {
                0x02 | 0x03 | 0x06 | 0x46 => break,
                0x05 | 0x45 => {
                    if ahead.u8()? != kind::STRING {
                        return Err(EvtxError::Token(0x05));
                    }
                    pieces.push(Piece::Text(ahead.text()?));
                }
                0x08 | 0x48 => {
                    let reference = format!("&#{};", ahead.u16()?);
                    pieces.push(Piece::Reference(reference.into_bytes()));
                }
                0x09 | 0x49 => pieces.push(Piece::Reference(entity(ahead.name()?))),
                0x0D | 0x0E => pieces.push(Piece::Slot(self.slot(&mut ahead)?)),
                token => return Err(EvtxError::Token(token)),
            }
            *cursor = ahead;
        }
        pieces.retain(|piece| !matches!(piece, Piece::Text([])));
        if pieces.is_empty() {
            return Ok(());
        }
        if let [Piece::Slot(slot)] = pieces[..] {
            self.end_literal();
            self.start_attribute(name);
            let end = self.program.text.len();
            let start = self.literal..end;
            self.literal = end;
            self.push(Op::Attribute { slot, start });
            return Ok(());
        }
        self.start_attribute(name);
        for piece in pieces {
            match piece {
                Piece::Text(value) => text::push(&mut self.program.text, value, Within::Attribute),
                Piece::Reference(reference) => self.markup(&reference),
                Piece::Slot(slot) => {
                    let within = Within::Attribute;
                    self.push(Op::Value { slot, within });
                }
            }
        }
        self.markup(b"'");
        Ok(())
    }

    fn start_attribute(&mut self, name: &[u8]) {
        self.markup(b" ");
        text::push(&mut self.program.text, name, Within::Markup);
        self.markup(b"='");
    }

    /// A substitution after its token: the number of the value.
    fn slot(&mut self, cursor: &mut Cursor<'c>) -> Result<u16, EvtxError> {
        if self.part != Part::Template {
            return Err(EvtxError::Token(0x0D));
        }
        let slot = cursor.u16()?;
        // Its type: the record says it as well.
        cursor.u8()?;
        if let Some(open) = self.open.last_mut()
            && !open.slots.contains(&slot)
        {
            open.slots.push(slot);
        }
        Ok(slot)
    }

    /// What stands between an element's tags, but for elements.
    fn content(&mut self, cursor: &mut Cursor<'c>) -> Result<(), EvtxError> {
        let token = cursor.u8()?;
        match token {
            0x05 | 0x45 => self.literal_value(cursor)?,
            // A CDATA section: its text, escaped.
            0x07 | 0x47 => {
                let value = cursor.text()?;
                text::push(&mut self.program.text, value, Within::Element);
            }
            0x08 | 0x48 => {
                let reference = format!("&#{};", cursor.u16()?);
                self.markup(reference.as_bytes());
            }
            0x09 | 0x49 => {
                let reference = entity(cursor.name()?);
                self.markup(&reference);
            }
            0x0A => {
                let name = cursor.name()?;
                self.markup(b"<?");
                text::push(&mut self.program.text, name, Within::Markup);
            }
            0x0B => {
                let data = cursor.text()?;
                self.markup(b" ");
                text::push(&mut self.program.text, data, Within::Markup);
                self.markup(b"?>");
            }
            0x0C => {
                let at = cursor.at;
                cursor.at = end_of_instance(*cursor)?;
                self.push(Op::Instance { at });
            }
            0x0D | 0x0E => {
                let slot = self.slot(cursor)?;
                self.know(|| Known::Slot(slot));
                let within = Within::Element;
                self.push(Op::Value { slot, within });
            }
            token => return Err(EvtxError::Token(token)),
        }
        Ok(())
    }

    /// A value that stands in the binary XML itself.
    fn literal_value(&mut self, cursor: &mut Cursor<'c>) -> Result<(), EvtxError> {
        let kind = cursor.u8()?;
        match kind {
            kind::STRING => {
                let value = cursor.text()?;
                self.know(|| Known::Literal(value.to_vec()));
                text::push(&mut self.program.text, value, Within::Element);
            }
            kind::BINARY_XML => {
                let length = usize::from(cursor.u16()?);
                let start = cursor.at;
                cursor.bytes(length)?;
                let end = cursor.at;
                self.push(Op::Stream { start, end });
            }
            kind => {
                let size = Value::fixed_size(kind).ok_or(EvtxError::Value(kind))?;
                let bytes = cursor.bytes(size)?;
                Value { kind, bytes }.push(&mut self.program.text, Within::Element)?;
            }
        }
        Ok(())
    }

    /// Remembers where the channel and the event id come from.
    fn know(&mut self, what: impl FnOnce() -> Known) {
        let [event, system, element] = &self.open[..] else {
            return;
        };
        if is(event.name, "Event") && is(system.name, "System") {
            if is(element.name, "EventID") {
                self.program.event_id = Some(what());
            } else if is(element.name, "Channel") {
                self.program.channel = Some(what());
            }
        }
    }
}

/// Whether a name is this one.
fn is(name: &[u8], expected: &str) -> bool {
    name.len() == 2 * expected.len()
        && name
            .as_chunks::<2>()
            .0
            .iter()
            .zip(expected.bytes())
            .all(|(&unit, byte)| unit == [byte, 0])
}

/// An entity by its name, as it is written.
fn entity(name: &[u8]) -> Vec<u8> {
    let mut reference = b"&".to_vec();
    text::push(&mut reference, name, Within::Markup);
    reference.push(b';');
    reference
}

/// An instance of a template: where the definition is, and the values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instance<'c> {
    /// Where the definition's binary XML begins and ends.
    pub(super) definition: (usize, usize),
    /// Size and type of each value.
    pub(super) descriptors: &'c [[u8; 4]],
    /// Where the values begin.
    pub(super) values: usize,
}

/// Reads an instance after its token.
pub(super) fn instance<'c>(cursor: &mut Cursor<'c>) -> Result<Instance<'c>, EvtxError> {
    // Its version, and the number of the template.
    cursor.u8()?;
    cursor.u32()?;
    let offset = cursor.size()?;
    let mut header = Cursor::new(cursor.chunk, offset);
    // The offset of the next definition of the same hash, and the GUID.
    header.bytes(4 + 16)?;
    let size = header.size()?;
    let start = header.at;
    header.bytes(size)?;
    // The first record of a template carries its definition.
    if offset == cursor.at {
        cursor.at = header.at;
    }
    let count = cursor.size()?;
    let length = count.checked_mul(4).ok_or(EvtxError::OutOfBounds)?;
    let descriptors = cursor.bytes(length)?.as_chunks::<4>().0;
    Ok(Instance {
        definition: (start, header.at),
        descriptors,
        values: cursor.at,
    })
}

fn end_of_instance(mut cursor: Cursor<'_>) -> Result<usize, EvtxError> {
    let instance = instance(&mut cursor)?;
    for &[low, high, ..] in instance.descriptors {
        cursor.bytes(u16::from_le_bytes([low, high]).into())?;
    }
    Ok(cursor.at)
}
