//! Spreading a study over machines that share its folder: job files for engines that exist.
//!
//! Each job works on a part of the plan with one command. Jobs need not know of each other: what one has found is a file, and a job
//! that was killed goes on where it stopped when it is started again.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use sysspec_toolchain::eval::Folder;

use super::failure;
use crate::EXIT_OK;
use crate::console;
use crate::failure::Failure;

/// How often a part is begun again after its worker was killed.
const TRIES: u32 = 3;

/// Prints a job array for Slurm.
pub(super) fn slurm(folder: &Folder, parts: NonZeroUsize) -> Result<u8, Failure> {
    console::text(&slurm_script(&absolute(folder)?, parts));
    Ok(EXIT_OK)
}

/// Prints an indexed job for Kubernetes.
pub(super) fn kubernetes(
    folder: &Folder,
    parts: NonZeroUsize,
    image: &str,
    claim: &str,
) -> Result<u8, Failure> {
    // The folder is mounted from a volume there; here it is only looked at.
    folder.plan().map_err(failure)?;
    console::text(&kubernetes_job(parts, image, claim));
    Ok(EXIT_OK)
}

/// The path of a study as another working directory sees it.
fn absolute(folder: &Folder) -> Result<PathBuf, Failure> {
    folder.plan().map_err(failure)?;
    folder.root().canonicalize().map_err(Failure::wrong)
}

fn slurm_script(study: &std::path::Path, parts: NonZeroUsize) -> String {
    let study = quoted(&study.display().to_string());
    format!(
        "#!/bin/sh\n\
         #SBATCH --job-name=sysspec-eval\n\
         #SBATCH --array=1-{parts}\n\
         #SBATCH --requeue\n\
         #SBATCH --open-mode=append\n\
         #SBATCH --output=sysspec-eval-%a.log\n\
         # A lost node is Slurm's to mend, by --requeue; a worker that was killed is begun again here.\n\
         # A worker that ended by itself with an error would end so again.\n\
         tries={TRIES}\n\
         while :; do\n\
         \tsysspec eval run {study} --part \"$SLURM_ARRAY_TASK_ID/{parts}\"\n\
         \tcode=$?\n\
         \ttries=$((tries - 1))\n\
         \tif [ $code -lt 128 ] || [ $tries -eq 0 ]; then exit $code; fi\n\
         done\n"
    )
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

fn kubernetes_job(parts: NonZeroUsize, image: &str, claim: &str) -> String {
    // A JSON string is a YAML string.
    let (image, claim) = (serde_json::Value::from(image), serde_json::Value::from(claim));
    format!(
        "apiVersion: batch/v1\n\
         kind: Job\n\
         metadata:\n  name: sysspec-eval\n\
         spec:\n\
         \x20 completionMode: Indexed\n\
         \x20 completions: {parts}\n\
         \x20 parallelism: {parts}\n\
         \x20 backoffLimitPerIndex: {TRIES}\n\
         \x20 template:\n\
         \x20   spec:\n\
         \x20     restartPolicy: Never\n\
         \x20     containers:\n\
         \x20     - name: worker\n\
         \x20       image: {image}\n\
         \x20       # The keys of providers, as environment variables.\n\
         \x20       envFrom:\n\
         \x20       - secretRef: {{ name: sysspec-keys, optional: true }}\n\
         \x20       command: [sh, -c, 'exec sysspec eval run /study --specs /study/specs --part $((JOB_COMPLETION_INDEX + 1))/{parts}']\n\
         \x20       volumeMounts:\n\
         \x20       - {{ name: study, mountPath: /study }}\n\
         \x20     volumes:\n\
         \x20     - name: study\n\
         \x20       persistentVolumeClaim: {{ claimName: {claim} }}\n"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn three() -> NonZeroUsize {
        NonZeroUsize::new(3).unwrap()
    }

    #[test]
    fn a_job_array_runs_every_part_once() {
        let script = slurm_script(Path::new("/data/it's mine"), three());
        assert!(script.starts_with("#!/bin/sh\n#SBATCH"));
        assert!(script.contains("#SBATCH --array=1-3\n"));
        assert!(script.contains("sysspec eval run '/data/it'\\''s mine' --part \"$SLURM_ARRAY_TASK_ID/3\""));
    }

    #[test]
    fn an_indexed_job_counts_parts_from_one() {
        let job = kubernetes_job(three(), "registry/sysspec:1", "study");
        assert!(job.contains("completions: 3\n") && job.contains("$((JOB_COMPLETION_INDEX + 1))/3"));
        assert!(job.contains("image: \"registry/sysspec:1\"\n"));
    }
}
