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
    products_anywhere(vectors, question, sums);
}

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
