//! Writes the TypeScript declarations of the documents and answers: `cargo run -p osuma --features typescript --example
//! types -- FILE`. The browser package ships what this writes.

#[cfg(feature = "eval")]
use osuma::eval::{Estimate, Evidence, Gained, LearntWeights, Refusal, Source as LearntFrom, Weighed};
use osuma::*;
use std::{env, fs};
use ts_rs::{Config, TS};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = env::args().nth(1).ok_or("usage: types FILE")?;
    // Counts and offsets are far below 2^53.
    let config = Config::new().with_large_int("number");
    let mut text = "// Generated from the structs of the Rust crate; do not edit.\n".to_owned();
    macro_rules! declare {
        ($($name:ident)*) => {
            $(
                let docs = $name::docs().unwrap_or_default();
                text.push_str(&format!("\n{docs}export {}\n", $name::decl(&config)));
            )*
        };
    }
    declare!(
        Language Status Importance Route Cefr Side SkillClaim Requirement Wish LanguageSkill Place Availability Vectors
        Profile Challenge LabelKind Label ConceptKind NeededSkill Concept Mention Link Settings SnapshotOptions Signal
        Gate Unknown MatchConfig Match Ranking Contribution Silent How Meets RequirementMet LanguageMet Circumstances
        SharedWords NearSentences Explanation FindingKind Severity Proxy Texts MustCount Finding ErrorKind AllocateOptions Allocation
        Filled LeftOut LeftOutReason Objective Placement Placing TeamOptions Role Team RoleHeld Member Brought Facet FacetKind
        Alternative Change ClaimOrUri Standing Outlook WhatIf Target Learnt SmallestChange
        UnlockOptions Unlock Unlocks SupplyBy SupplyOptions SupplyRow
        Goal RouteOptions StepNeed RouteStep RoutePath Missing Routes DirectionOptions NewDirection
    );
    #[cfg(feature = "pool")]
    declare!(Filter FeedbackKind Feedback FeedbackFilter);
    #[cfg(feature = "eval")]
    declare!(Estimate Weighed Gained LearntFrom Evidence Refusal LearntWeights);
    #[cfg(feature = "render")]
    declare!(Reader PartKind Source Mark Part Rendering);
    // What a caller's own data may hold.
    text.push_str(&format!("\nexport {}\n", serde_json::Value::decl(&config)));
    // Examples in Rust say nothing to a reader of TypeScript.
    let (mut kept, mut code) = (String::new(), false);
    for line in text.lines() {
        let fence = line.trim_start_matches([' ', '*']).starts_with("```");
        code ^= fence;
        if !code && !fence {
            kept.push_str(line.trim_end());
            kept.push('\n');
        }
    }
    fs::write(file, kept.replace(" *\n */", " */"))?;
    Ok(())
}
