//! Failback as the operator orders it.

/// A primary that nothing can be brought to.
pub struct NotYet;

impl NotYet {
    fn refused<'a>() -> crate::executor::Working<'a> {
        Box::pin(async { Err(anyhow::anyhow!("no [primary] is configured: there is nowhere to push to")) })
    }
}

impl crate::executor::Returning for NotYet {
    fn take_delta<'a>(&'a self, _: crate::executor::Say<'a>) -> crate::executor::Working<'a> {
        Self::refused()
    }

    fn push<'a>(&'a self, _: bool, _: crate::executor::Say<'a>) -> crate::executor::Working<'a> {
        Self::refused()
    }

    fn reconcile<'a>(&'a self, _: crate::executor::Say<'a>) -> crate::executor::Working<'a> {
        Self::refused()
    }
}
