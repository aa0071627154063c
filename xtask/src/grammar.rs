use anyhow::Result;
pub fn grammar(_check: bool) -> Result<()> {
    Ok(())
}
