//! The same work for every item, on all threads of the current rayon pool where there are threads.

/// `f` of every index below `n`, in order.
pub(crate) fn map<R: Send>(n: usize, f: impl Fn(usize) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        (0..n).into_par_iter().map(f).collect()
    }
    #[cfg(not(feature = "parallel"))]
    (0..n).map(f).collect()
}

/// `f` of false and of true, such as before and after a change.
pub(crate) fn both<R: Send>(f: impl Fn(bool) -> R + Sync + Send) -> [R; 2] {
    #[cfg(feature = "parallel")]
    {
        let (no, yes) = rayon::join(|| f(false), || f(true));
        [no, yes]
    }
    #[cfg(not(feature = "parallel"))]
    [f(false), f(true)]
}

/// Threads of one's own, or those of the current rayon pool.
#[derive(Debug, Clone, Default)]
pub(crate) struct Threads(#[cfg(feature = "parallel")] Option<std::sync::Arc<rayon::ThreadPool>>);

impl Threads {
    pub(crate) fn new(threads: usize) -> crate::Result<Self> {
        if threads == 0 {
            return Err(crate::Error::invalid("/threads", "threads is 0; at least 1"));
        }
        #[cfg(feature = "parallel")]
        {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let io = |e: rayon::ThreadPoolBuildError| {
                crate::Error::new(
                    crate::ErrorKind::Storage,
                    "/threads",
                    format!("the system gives no {threads} threads: {e}"),
                )
            };
            Ok(Self(Some(pool.map_err(io)?.into())))
        }
        #[cfg(not(feature = "parallel"))]
        Ok(Self())
    }

    /// [`map`] on these threads.
    pub(crate) fn map<R: Send>(&self, n: usize, f: impl Fn(usize) -> R + Sync + Send) -> Vec<R> {
        #[cfg(feature = "parallel")]
        if let Some(pool) = &self.0 {
            return pool.install(|| map(n, f));
        }
        map(n, f)
    }
}
