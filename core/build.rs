//! Packs the starter taxonomy: its JSON lines, deflated, so that the crate and the browser carry a third of their size.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=starter");
    #[cfg(feature = "starter")]
    {
        let mut files = std::fs::read_dir("starter")?.map(|e| Ok(e?.path())).collect::<std::io::Result<Vec<_>>>()?;
        files.retain(|f| f.extension().is_some_and(|e| e == "jsonl"));
        files.sort();
        let mut text = Vec::new();
        for file in files {
            println!("cargo::rerun-if-changed={}", file.display());
            text.extend(std::fs::read(file)?);
        }
        let out = std::path::Path::new(&std::env::var("OUT_DIR")?).join("starter.deflate");
        std::fs::write(out, miniz_oxide::deflate::compress_to_vec(&text, 10))?;
    }
    Ok(())
}
