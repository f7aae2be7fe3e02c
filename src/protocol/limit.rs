//! Size limits of values, checked before memory is allocated.

use rmp::Marker;

/// Maximum nesting of a value: decoding uses stack in proportion.
pub(super) const MAX_DEPTH: usize = 128;

/// Maximum number of values, keys included, in one value. Each may be a single byte on the wire but takes about a
/// hundred bytes in memory.
pub(super) const MAX_VALUES: usize = 256 * 1024;

/// Maximum size of a type in JSON, in bytes.
pub(super) const MAX_TYPE_BYTES: usize = 64 * 1024;

/// Whether MessagePack contains more than [`MAX_VALUES`] values. Malformed input is left to the decoder.
pub(super) fn is_msgpack_too_large(mut bytes: &[u8]) -> bool {
    let mut count = 0;
    while let Some(length) = head_length(bytes) {
        count += 1;
        if count > MAX_VALUES {
            return true;
        }
        // The elements of a collection follow its head, so counting heads counts all values.
        bytes = bytes.get(length..).unwrap_or_default();
    }
    false
}

/// Size in bytes of a scalar value, or of the head of a collection. None if the input ends within it.
fn head_length(bytes: &[u8]) -> Option<usize> {
    let fixed = |length| Some(1 + length);
    // A length field of `width` bytes, the bytes that it counts, and `more` bytes.
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

/// Whether JSON contains more than [`MAX_VALUES`] values.
pub(super) fn is_json_too_large(bytes: &[u8]) -> bool {
    let (mut is_text, mut is_escaped) = (false, false);
    // Every value except the first, and every key, follows one of these characters.
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
    fn c58_every_value_counts_once_in_any_encoding() {
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
    fn c58_json_strings_count_as_one_value() {
        let long = format!("[\"{}\\\"\", 1]", "[{,:\\\"".repeat(MAX_VALUES));
        assert!(!is_json_too_large(long.as_bytes()));
        let many = format!("[{}0]", "0,".repeat(MAX_VALUES));
        assert!(is_json_too_large(many.as_bytes()));
        assert!(!is_json_too_large(&many.as_bytes()[3..]));
    }
}
