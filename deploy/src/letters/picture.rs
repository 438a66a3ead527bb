//! A picture drawn point by point: a river, its meadows, and what is under water (PNG, RFC 2083).

const WIDTH: u32 = 240;
const HEIGHT: u32 = 150;
/// River, flooded meadow, meadow, bank: red, green, blue.
const COLOURS: [[u8; 3]; 4] = [[38, 92, 160], [132, 184, 224], [170, 204, 140], [222, 214, 190]];

/// The map of the river.
pub fn river() -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    // Eight bits, by palette, nothing interlaced.
    header.extend([8, 3, 0, 0, 0]);
    let palette: Vec<u8> = COLOURS.into_iter().flatten().collect();
    let chunks = [(*b"IHDR", header), (*b"PLTE", palette), (*b"IDAT", stored(&points())), (*b"IEND", Vec::new())];
    let body = chunks.iter().flat_map(|(name, data)| chunk(*name, data));
    b"\x89PNG\r\n\x1a\n".iter().copied().chain(body).collect()
}

fn points() -> Vec<u8> {
    let mut all = Vec::new();
    for y in 0..HEIGHT {
        // Each line begins with its filter: none.
        all.push(0);
        let bend = f64::from(y) / 22.0;
        let middle = f64::from(WIDTH) / 2.0 + 42.0 * bend.sin();
        all.extend((0..WIDTH).map(|x| colour((f64::from(x) - middle).abs())));
    }
    all
}

fn colour(distance: f64) -> u8 {
    match distance {
        d if d < 12.0 => 0,
        d if d < 44.0 => 1,
        d if d < 90.0 => 2,
        _ => 3,
    }
}

/// RFC 1950 and 1951: blocks that are not compressed.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let count = data.chunks(0xffff).count();
    for (number, block) in (1..).zip(data.chunks(0xffff)) {
        let length = u16::try_from(block.len()).unwrap_or_default();
        out.push(u8::from(number == count));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let named: Vec<u8> = name.iter().chain(data).copied().collect();
    let length = u32::try_from(data.len()).unwrap_or_default();
    let (length, sum) = (length.to_be_bytes(), crc(&named).to_be_bytes());
    length.into_iter().chain(named).chain(sum).collect()
}

fn crc(data: &[u8]) -> u32 {
    let folded = data.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    !folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_the_one_of_the_standard() {
        // The end chunk of every PNG file.
        assert_eq!(chunk(*b"IEND", &[]), [0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82]);
    }
}
