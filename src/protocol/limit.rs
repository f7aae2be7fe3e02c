//! Size limits of values, checked before memory is allocated.

use rmp::Marker;

/// Nesting beyond which a value is refused: reading takes stack in proportion.
pub(super) const MAX_DEPTH: usize = 128;

/// The most values, keys included, that one value may be made of. Each may be a single byte on the wire, and takes a
/// hundred times as much in memory.
pub(super) const MAX_VALUES: usize = 256 * 1024;

/// The most bytes that a type may take in its JSON form.
pub(super) const MAX_TYPE_BYTES: usize = 64 * 1024;

/// Whether MessagePack holds more than [`MAX_VALUES`]. What is malformed is left to the decoder.
pub(super) fn is_msgpack_too_large(mut bytes: &[u8]) -> bool {
    let mut count = 0;
    while let Some(length) = head_length(bytes) {
        count += 1;
        if count > MAX_VALUES {
            return true;
        }
        // What a collection holds follows its head, so that nothing but heads has to be counted.
        bytes = bytes.get(length..).unwrap_or_default();
    }
    false
}

/// The bytes of a value, or of what comes before the elements of a collection. None where the bytes end.
fn head_length(bytes: &[u8]) -> Option<usize> {
    let fixed = |length| Some(1 + length);
    // A length of so many bytes, as many as it says, and a few more.
    let counted = |width: usize, more: usize| {
        let digits = bytes.get(1..=width)?.iter();
        let length = digits.fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
        length.checked_add(1 + width + more)
    };
    match Marker::from_u8(*bytes.first()?) {
        Marker::FixStr(length) => fixed(usize::from(length)),
        Marker::Str8 | Marker::Bin8 => counted(1, 0),
        Marker::Str16 | Marker::Bin16 => counted(2, 0),
        Marker::Str32 | Marker::Bin32 => counted(4, 0),
        Marker::Ext8 => counted(1, 1),
        Marker::Ext16 => counted(2, 1),
        Marker::Ext32 => counted(4, 1),
        Marker::U8 | Marker::I8 => fixed(1),
        Marker::U16 | Marker::I16 | Marker::Array16 | Marker::Map16 | Marker::FixExt1 => fixed(2),
        Marker::FixExt2 => fixed(3),
        Marker::U32 | Marker::I32 | Marker::F32 | Marker::Array32 | Marker::Map32 => fixed(4),
        Marker::FixExt4 => fixed(5),
        Marker::U64 | Marker::I64 | Marker::F64 => fixed(8),
        Marker::FixExt8 => fixed(9),
        Marker::FixExt16 => fixed(17),
        Marker::FixPos(_)
        | Marker::FixNeg(_)
        | Marker::FixMap(_)
        | Marker::FixArray(_)
        | Marker::Null
        | Marker::False
        | Marker::True
        | Marker::Reserved => fixed(0),
    }
}

/// The same for JSON.
pub(super) fn is_json_too_large(bytes: &[u8]) -> bool {
    let (mut is_text, mut is_escaped) = (false, false);
    // Every value but the first, and every key, follows one of these.
    let begins_another = |byte: &&u8| {
        if is_text {
            let ends = **byte == b'"' && !is_escaped;
            is_escaped = **byte == b'\\' && !is_escaped;
            is_text = !ends;
            return false;
        }
        is_text = **byte == b'"';
        matches!(byte, b'[' | b'{' | b',' | b':')
    };
    bytes
        .iter()
        .filter(begins_another)
        .nth(MAX_VALUES)
        .is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c58_every_value_counts_once_however_it_is_written() {
        for one in [
            &b"\xc0"[..],
            b"\x07",
            b"\xff",
            b"\xcc\x00",
            b"\xcd\x00\x00",
            b"\xce\x00\x00\x00\x00",
            b"\xcf\x00\x00\x00\x00\x00\x00\x00\x00",
            b"\xca\x00\x00\x00\x00",
            b"\xcb\x00\x00\x00\x00\x00\x00\x00\x00",
            b"\xa2\xc0\xc0",
            b"\xd9\x02\xc0\xc0",
            b"\xda\x00\x02\xc0\xc0",
            b"\xdb\x00\x00\x00\x02\xc0\xc0",
            b"\xc4\x02\xc0\xc0",
            b"\xd4\x00\x00",
            b"\xd6\x00\xc0\xc0\xc0\xc0",
            b"\xc7\x02\x0c\xc0\xc0",
            b"\x91",
            b"\xdc\x00\x01",
            b"\xdf\xff\xff\xff\xff",
        ] {
            assert!(!is_msgpack_too_large(&one.repeat(MAX_VALUES)), "{one:x?}");
            assert!(
                is_msgpack_too_large(&one.repeat(MAX_VALUES + 1)),
                "{one:x?}"
            );
        }
    }

    #[test]
    fn c58_texts_count_once_in_json_too() {
        let long = format!("[\"{}\\\"\", 1]", "[{,:\\\"".repeat(MAX_VALUES));
        assert!(!is_json_too_large(long.as_bytes()));
        let many = format!("[{}0]", "0,".repeat(MAX_VALUES));
        assert!(is_json_too_large(many.as_bytes()));
        assert!(!is_json_too_large(&many.as_bytes()[3..]));
    }
}
