//! Tables as Parquet, for programs that read columns.
//!
//! The plainest file the format allows (Apache Parquet, *File Format* and `parquet.thrift`, format version 1): one row group, one
//! page a column, PLAIN values, definition levels as one bit-packed run, no compression, no statistics, footer in Thrift's
//! compact protocol. Writing no more than that by hand takes one file; a library that can do everything takes longer to build than
//! the rest of the program. Invariants: the bytes are a function of the columns; a missing value is null; doubles keep their bits.
//! Not here: reading Parquet, tables for people ([`crate::table`]).

/// First and last bytes of a file.
const MAGIC: &[u8; 4] = b"PAR1";

/// Physical types.
const INT64: i64 = 2;
const DOUBLE: i64 = 5;
const BYTE_ARRAY: i64 = 6;

/// Converted types.
const UTF8: i64 = 0;
const UINT_64: i64 = 14;

/// Encodings.
const PLAIN: i64 = 0;
const RLE: i64 = 3;

/// Types of Thrift's compact protocol.
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Text, as UTF-8.
    Text(Vec<Option<String>>),
    /// Whole numbers, all there.
    Whole(Vec<u64>),
    /// Doubles.
    Number(Vec<Option<f64>>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Whole(values) => values.len(),
            Self::Number(values) => values.len(),
        }
    }

    /// Physical and converted type, and whether values may be missing.
    fn kind(&self) -> (i64, Option<i64>, bool) {
        match self {
            Self::Text(_) => (BYTE_ARRAY, Some(UTF8), true),
            Self::Whole(_) => (INT64, Some(UINT_64), false),
            Self::Number(_) => (DOUBLE, None, true),
        }
    }

    /// The page without its header.
    fn page(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Text(values) => {
                levels(&mut out, values.iter().map(Option::is_some));
                for text in values.iter().flatten() {
                    out.extend((text.len() as u32).to_le_bytes());
                    out.extend(text.as_bytes());
                }
            }
            Self::Whole(values) => out.extend(values.iter().flat_map(|x| x.to_le_bytes())),
            Self::Number(values) => {
                levels(&mut out, values.iter().map(Option::is_some));
                out.extend(values.iter().flatten().flat_map(|x| x.to_le_bytes()));
            }
        }
        out
    }
}

/// Which values are there: a length of four bytes, then one bit-packed run, eight values a byte, the first in the lowest bit.
fn levels(out: &mut Vec<u8>, there: impl ExactSizeIterator<Item = bool>) {
    let groups = there.len().div_ceil(8);
    let mut run = Vec::with_capacity(groups + 5);
    varint(&mut run, (groups as u64) << 1 | 1);
    let packed = run.len();
    run.resize(packed + groups, 0);
    for (at, there) in there.enumerate() {
        run[packed + at / 8] |= u8::from(there) << (at % 8);
    }
    out.extend((run.len() as u32).to_le_bytes());
    out.extend(run);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A struct in the compact protocol.
#[derive(Default)]
struct Struct {
    bytes: Vec<u8>,
    last: u8,
}

impl Struct {
    /// The header of a field; fields come in ascending order, less than 16 apart.
    fn field(&mut self, id: u8, kind: u8) {
        self.bytes.push((id - self.last) << 4 | kind);
        self.last = id;
    }

    fn int(mut self, id: u8, kind: u8, value: i64) -> Self {
        self.field(id, kind);
        varint(&mut self.bytes, zigzag(value));
        self
    }

    fn text(mut self, id: u8, text: &str) -> Self {
        self.field(id, BINARY);
        binary(&mut self.bytes, text);
        self
    }

    fn list(mut self, id: u8, kind: u8, parts: &[Vec<u8>]) -> Self {
        self.field(id, LIST);
        match parts.len() {
            few @ 0..15 => self.bytes.push((few as u8) << 4 | kind),
            many => {
                self.bytes.push(0xf0 | kind);
                varint(&mut self.bytes, many as u64);
            }
        }
        self.bytes.extend(parts.iter().flatten());
        self
    }

    fn part(mut self, id: u8, part: &[u8]) -> Self {
        self.field(id, STRUCT);
        self.bytes.extend(part);
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

fn binary(out: &mut Vec<u8>, text: &str) {
    varint(out, text.len() as u64);
    out.extend(text.as_bytes());
}

fn int_bytes(value: i64) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, zigzag(value));
    out
}

/// The bytes of a file with these columns. Columns that are shorter than the longest one end in nulls, or zeros.
pub fn write(columns: &[(String, Values)]) -> Vec<u8> {
    let rows = columns
        .iter()
        .map(|(_, values)| values.len())
        .max()
        .unwrap_or(0);
    let mut out = MAGIC.to_vec();
    let mut schema = vec![
        Struct::default()
            .text(4, "schema")
            .int(5, I32, columns.len() as i64)
            .end(),
    ];
    let mut chunks = Vec::new();
    let mut total = 0;
    for (name, values) in columns {
        let mut values = values.clone();
        match &mut values {
            Values::Text(values) => values.resize(rows, None),
            Values::Whole(values) => values.resize(rows, 0),
            Values::Number(values) => values.resize(rows, None),
        }
        let (kind, converted, optional) = values.kind();
        let mut element = Struct::default()
            .int(1, I32, kind)
            .int(3, I32, i64::from(optional))
            .text(4, name);
        if let Some(converted) = converted {
            element = element.int(6, I32, converted);
        }
        schema.push(element.end());

        let page = values.page();
        let size = page.len() as i64;
        let data = Struct::default()
            .int(1, I32, rows as i64)
            .int(2, I32, PLAIN)
            .int(3, I32, RLE)
            .int(4, I32, RLE)
            .end();
        let header = Struct::default()
            .int(1, I32, 0)
            .int(2, I32, size)
            .int(3, I32, size)
            .part(5, &data)
            .end();
        let offset = out.len() as i64;
        let length = (header.len() + page.len()) as i64;
        out.extend(header);
        out.extend(page);
        total += length;
        let mut path = Vec::new();
        binary(&mut path, name);
        let facts = Struct::default()
            .int(1, I32, kind)
            .list(2, I32, &[int_bytes(PLAIN), int_bytes(RLE)])
            .list(3, BINARY, &[path])
            .int(4, I32, 0)
            .int(5, I64, rows as i64)
            .int(6, I64, length)
            .int(7, I64, length)
            .int(9, I64, offset)
            .end();
        chunks.push(Struct::default().int(2, I64, offset).part(3, &facts).end());
    }
    let group = Struct::default()
        .list(1, STRUCT, &chunks)
        .int(2, I64, total)
        .int(3, I64, rows as i64)
        .end();
    let footer = Struct::default()
        .int(1, I32, 1)
        .list(2, STRUCT, &schema)
        .int(3, I64, rows as i64)
        .list(4, STRUCT, &[group])
        .text(6, "das")
        .end();
    let length = footer.len() as u32;
    out.extend(footer);
    out.extend(length.to_le_bytes());
    out.extend(MAGIC);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_integers_by_hand() {
        // Nine values, the first and the last there: two groups, header 2·2 + 1, bits 00000001 00000001. Zigzag as Thrift has it.
        let mut out = Vec::new();
        levels(
            &mut out,
            [true, false, false, false, false, false, false, false, true].into_iter(),
        );
        assert_eq!(out, [3, 0, 0, 0, 5, 1, 1]);
        assert_eq!([0, -1, 1, -2, 300].map(zigzag), [0, 1, 2, 3, 600]);
        assert_eq!(int_bytes(300), [0xd8, 0x04]);
    }
}
