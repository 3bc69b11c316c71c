//! Loops over whole numbers, run by the widest instructions that the processor has. Sums of whole numbers are the same
//! in any order, so the choice changes nothing but the time.

/// A loop, or some. `run` and what it calls must be `#[inline(always)]`, or it is compiled for every processor alike.
pub(crate) trait Loops {
    fn run(self);
}

#[cfg(feature = "simd")]
struct Chosen<L>(L);

#[cfg(feature = "simd")]
impl<L: Loops> pulp::WithSimd for Chosen<L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.0.run();
    }
}

#[inline(always)]
pub(crate) fn widest(loops: impl Loops) {
    #[cfg(feature = "simd")]
    pulp::Arch::new().dispatch(Chosen(loops));
    #[cfg(not(feature = "simd"))]
    loops.run();
}

/// Sums of products of some vectors' bytes with a question's numbers, whose count is a multiple of 32. Cost: a few
/// instructions for 16 or 32 products; measured in `benches/NOTES.md`.
pub(crate) fn products(vectors: &[u8], question: &[i16], sums: &mut [i32]) {
    #[cfg(all(feature = "simd", target_arch = "x86_64"))]
    {
        use x86::Fours;
        if let Some(simd) = pulp::x86::V4::try_new() {
            return simd.vectorize(Fours { simd, vectors, question, sums });
        }
        if let Some(simd) = pulp::x86::V3::try_new() {
            return simd.vectorize(Fours { simd, vectors, question, sums });
        }
    }
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return wasm::products(vectors, question, sums);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    products_anywhere(vectors, question, sums);
}

#[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
fn products_anywhere(vectors: &[u8], question: &[i16], sums: &mut [i32]) {
    for (sum, vector) in sums.iter_mut().zip(vectors.chunks_exact(question.len())) {
        *sum = 0;
        // In this form compilers make the fewest instructions of it.
        for (x, y) in vector.as_chunks::<32>().0.iter().zip(question.as_chunks::<32>().0) {
            let mut part = 0;
            for i in 0..32 {
                part += i32::from(x[i]) * i32::from(y[i]);
            }
            *sum += part;
        }
    }
}

#[cfg(all(feature = "simd", target_arch = "x86_64"))]
mod x86 {
    //! Four vectors at a time, so that their sums are reduced together. Compilers make three times as many instructions
    //! of a loop.

    use pulp::x86::{V3, V4};
    use pulp::{NullaryFnOnce, cast};
    use std::arch::x86_64::{__m256i, __m512i};

    pub(super) struct Fours<'a, S> {
        pub simd: S,
        pub vectors: &'a [u8],
        pub question: &'a [i16],
        pub sums: &'a mut [i32],
    }

    impl<S> Fours<'_, S> {
        /// `four` are the sums of products of four vectors with the question, in parts of `N`.
        #[inline(always)]
        fn each<const N: usize>(self, four: impl Fn(&S, [&[[u8; N]]; 4], &[[i16; N]]) -> [i32; 4]) {
            let width = self.question.len();
            let question = self.question.as_chunks().0;
            let (sums, rest) = self.sums.as_chunks_mut::<4>();
            let (fours, others) = self.vectors.split_at(4 * width * sums.len());
            for (sums, vectors) in sums.iter_mut().zip(fours.chunks_exact(4 * width)) {
                let vector = |i: usize| &vectors[i * width..(i + 1) * width].as_chunks().0[..question.len()];
                *sums = four(&self.simd, [vector(0), vector(1), vector(2), vector(3)], question);
            }
            super::products_anywhere(others, self.question, rest);
        }
    }

    /// The sums of four times eight numbers.
    #[inline(always)]
    fn reduce(simd: &V3, [a, b, c, d]: [__m256i; 4]) -> [i32; 4] {
        let (avx, avx2) = (simd.avx, simd.avx2);
        let all = avx2._mm256_hadd_epi32(avx2._mm256_hadd_epi32(a, b), avx2._mm256_hadd_epi32(c, d));
        let (low, high) = (avx._mm256_castsi256_si128(all), avx2._mm256_extracti128_si256::<1>(all));
        cast(simd.sse2._mm_add_epi32(low, high))
    }

    impl NullaryFnOnce for Fours<'_, V3> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            self.each::<16>(
                #[inline(always)]
                |simd, vectors, question| {
                    let mut sums = [simd.avx._mm256_setzero_si256(); 4];
                    for (n, y) in question.iter().enumerate() {
                        let y: __m256i = cast(*y);
                        for (sum, vector) in sums.iter_mut().zip(vectors) {
                            let x = simd.avx2._mm256_cvtepu8_epi16(cast(vector[n]));
                            *sum = simd.avx2._mm256_add_epi32(*sum, simd.avx2._mm256_madd_epi16(x, y));
                        }
                    }
                    reduce(simd, sums)
                },
            );
        }
    }

    impl NullaryFnOnce for Fours<'_, V4> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            self.each::<32>(
                #[inline(always)]
                |simd, vectors, question| {
                    let mut sums = [simd.avx512f._mm512_setzero_si512(); 4];
                    for (n, y) in question.iter().enumerate() {
                        let y: __m512i = cast(*y);
                        for (sum, vector) in sums.iter_mut().zip(vectors) {
                            let x = simd.avx512bw._mm512_cvtepu8_epi16(cast(vector[n]));
                            *sum = simd.avx512f._mm512_add_epi32(*sum, simd.avx512bw._mm512_madd_epi16(x, y));
                        }
                    }
                    let mut halves = [simd.avx._mm256_setzero_si256(); 4];
                    for (half, sum) in halves.iter_mut().zip(sums) {
                        let low = simd.avx512f._mm512_castsi512_si256(sum);
                        *half = simd.avx2._mm256_add_epi32(low, simd.avx512f._mm512_extracti64x4_epi64::<1>(sum));
                    }
                    reduce(simd, halves)
                },
            );
        }
    }
}

/// A number of steps times a part: above it, and 0 where the number is.
#[inline(always)]
pub(super) fn product(steps: u16, part: u16) -> u16 {
    ((u32::from(steps) * u32::from(part)) >> 16) as u16 + u16::from(steps > 0)
}

/// Adds four rows of numbers up to 63.
#[inline(always)]
pub(super) fn add(sums: &mut [u16], [a, b, c, d]: [&[u8]; 4]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return wasm::add(sums, [a, b, c, d]);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    for (sum, ((a, b), (c, d))) in sums.iter_mut().zip(a.iter().zip(b).zip(c.iter().zip(d))) {
        *sum += u16::from(a.wrapping_add(*b).wrapping_add(*c).wrapping_add(*d));
    }
}

/// Adds [`product`]s with one part; sums stop at 65,535.
#[inline(always)]
pub(super) fn weigh(sums: &mut [u16], steps: &[u16], part: u16) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return wasm::weigh(sums, steps, part);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    for (sum, &steps) in sums.iter_mut().zip(steps) {
        *sum = sum.saturating_add(product(steps, part));
    }
}

/// Makes sums [`product`]s with parts of their own.
#[inline(always)]
pub(super) fn scale(sums: &mut [u16], parts: &[u16]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return wasm::scale(sums, parts);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    sums.iter_mut().zip(parts).for_each(|(sum, &part)| *sum = product(*sum, part));
}

/// The highest of each `N` numbers.
#[inline(always)]
pub(super) fn highest<const N: usize>(tops: &mut [u16], sums: &[u16]) {
    for (top, sums) in tops.iter_mut().zip(sums.as_chunks::<N>().0) {
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        let highest = wasm::highest(sums);
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        let highest = sums.iter().fold(0, |most, &x| if x > most { x } else { most });
        *top = highest;
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
    //! By name, since what is compiled for few bytes is not made SIMD. A multiple of 16 numbers each.

    use bytemuck::{cast, must_cast};
    use std::arch::wasm32::*;

    pub(super) fn products(vectors: &[u8], question: &[i16], sums: &mut [i32]) {
        for (sum, vector) in sums.iter_mut().zip(vectors.chunks_exact(question.len())) {
            let mut all = i32x4_splat(0);
            for (x, y) in vector.as_chunks::<16>().0.iter().zip(question.as_chunks::<16>().0) {
                let (x, [low, high]): (v128, [v128; 2]) = (cast(*x), cast(*y));
                all = i32x4_add(all, i32x4_dot_i16x8(u16x8_extend_low_u8x16(x), low));
                all = i32x4_add(all, i32x4_dot_i16x8(u16x8_extend_high_u8x16(x), high));
            }
            let [a, b, c, d]: [i32; 4] = must_cast(all);
            *sum = a + b + c + d;
        }
    }

    #[inline(always)]
    pub(super) fn add(sums: &mut [u16], [a, b, c, d]: [&[u8]; 4]) {
        let parts = a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0);
        let parts = parts.zip(c.as_chunks::<16>().0.iter().zip(d.as_chunks::<16>().0));
        for (sums, ((a, b), (c, d))) in sums.as_chunks_mut::<16>().0.iter_mut().zip(parts) {
            let all = u8x16_add(u8x16_add(cast(*a), cast(*b)), u8x16_add(cast(*c), cast(*d)));
            let [low, high]: [v128; 2] = cast(*sums);
            *sums = cast([u16x8_add(low, u16x8_extend_low_u8x16(all)), u16x8_add(high, u16x8_extend_high_u8x16(all))]);
        }
    }

    /// [`super::product`] of eight.
    #[inline(always)]
    fn product(steps: v128, part: v128) -> v128 {
        let low = u32x4_shr(u32x4_extmul_low_u16x8(steps, part), 16);
        let high = u32x4_shr(u32x4_extmul_high_u16x8(steps, part), 16);
        // What is above 0 is -1 as a mask.
        i16x8_sub(u16x8_narrow_i32x4(low, high), u16x8_gt(steps, u16x8_splat(0)))
    }

    #[inline(always)]
    pub(super) fn weigh(sums: &mut [u16], steps: &[u16], part: u16) {
        let part = u16x8_splat(part);
        for (sums, steps) in sums.as_chunks_mut::<8>().0.iter_mut().zip(steps.as_chunks::<8>().0) {
            *sums = cast(u16x8_add_sat(cast(*sums), product(cast(*steps), part)));
        }
    }

    #[inline(always)]
    pub(super) fn scale(sums: &mut [u16], parts: &[u16]) {
        for (sums, parts) in sums.as_chunks_mut::<8>().0.iter_mut().zip(parts.as_chunks::<8>().0) {
            *sums = cast(product(cast(*sums), cast(*parts)));
        }
    }

    #[inline(always)]
    pub(super) fn highest(numbers: &[u16]) -> u16 {
        let mut most = u16x8_splat(0);
        for part in numbers.as_chunks::<8>().0 {
            most = u16x8_max(most, cast(*part));
        }
        let most: [u16; 8] = must_cast(most);
        most.into_iter().fold(0, u16::max)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn products_are_the_same_with_all_instructions() {
        let mut seed = 1_u64;
        let mut next = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed >> 33
        };
        for width in [32, 64, 128, 384, 4_096] {
            // Sums of this size fit: see `Asked::set`.
            let most = (i64::from(i32::MAX) / 256 / width).min(32_767);
            for count in [0, 1, 3, 4, 5, 8, 9] {
                let vectors: Vec<u8> = (0..count * width).map(|_| next() as u8).collect();
                let mut question: Vec<i16> =
                    (0..width).map(|_| (next() as i64 % (2 * most + 1) - most) as i16).collect();
                question[0] = most as i16;
                let (mut expected, mut sums) = (vec![0; count as usize], vec![7; count as usize]);
                super::products_anywhere(&vectors, &question, &mut expected);
                super::products(&vectors, &question, &mut sums);
                assert_eq!(sums, expected, "{count} of {width}");
                #[cfg(all(feature = "simd", target_arch = "x86_64"))]
                if let Some(simd) = pulp::x86::V3::try_new() {
                    sums.fill(7);
                    simd.vectorize(super::x86::Fours { simd, vectors: &vectors, question: &question, sums: &mut sums });
                    assert_eq!(sums, expected, "{count} of {width}");
                }
            }
        }
    }
}
