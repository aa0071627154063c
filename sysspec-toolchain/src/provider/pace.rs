//! How fast a provider is asked: the limits of its settings, and what its refusals teach.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sysspec_analysis::LimitSettings;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{self, Instant};

/// What the limits are about.
const WINDOW: Duration = Duration::from_secs(60);

/// The longest pause between requests that refusals lead to.
const SLOWEST: Duration = Duration::from_secs(30);

/// The pace at which a provider is asked, shared by all its requests.
#[derive(Debug)]
pub struct Pace {
    limits: LimitSettings,
    /// One for each request that may be under way.
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The requests of the last minute, and the tokens of each.
    sent: VecDeque<(Instant, u64)>,
    /// Nothing is sent before.
    not_before: Option<Instant>,
    /// The learned pause between two requests.
    gap: Duration,
}

impl Pace {
    /// A pace within these limits, with so many requests at the same time.
    pub fn new(limits: LimitSettings, at_once: usize) -> Self {
        let places = Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS));
        Self { limits, places, state: Mutex::default() }
    }

    /// Waits until a request of about so many tokens may be sent. It is under way until what is returned is dropped.
    pub async fn wait(&self, tokens: u64) -> Option<SemaphorePermit<'_>> {
        // Never closed, so that there is always a place some time.
        let place = self.places.acquire().await.ok();
        while let Some(until) = self.take(tokens) {
            time::sleep_until(until).await;
        }
        place
    }

    /// Takes notice of a refusal for too many requests, and of how long the provider wants to be left alone.
    pub fn refused(&self, pause: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.lock();
        state.forget(now);
        let share = WINDOW / u32::try_from(state.sent.len().max(1)).unwrap_or(u32::MAX);
        // Half as fast as what was too fast.
        state.gap = (state.gap.max(share.min(Duration::from_secs(1))) * 2).min(SLOWEST);
        if let Some(pause) = pause {
            state.not_before = state.not_before.max(Some(now + pause));
        }
    }

    /// Takes notice of an answer: what was learned fades.
    pub fn answered(&self) {
        let mut state = self.lock();
        state.gap = state.gap * 4 / 5;
        if state.gap < Duration::from_millis(50) {
            state.gap = Duration::ZERO;
        }
    }

    /// Takes a place for a request, or says when to ask again.
    fn take(&self, tokens: u64) -> Option<Instant> {
        let now = Instant::now();
        let mut state = self.lock();
        state.forget(now);
        let until = state.earliest(&self.limits, tokens);
        if let Some(until) = until.filter(|until| *until > now) {
            return Some(until);
        }
        state.sent.push_back((now, tokens));
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&mut self, now: Instant) {
        while self.sent.front().is_some_and(|(at, _)| *at + WINDOW <= now) {
            self.sent.pop_front();
        }
    }

    /// The earliest time for a request.
    fn earliest(&self, limits: &LimitSettings, tokens: u64) -> Option<Instant> {
        let paced = self.sent.back().map(|(at, _)| *at + self.gap);
        self.not_before
            .max(paced)
            .max(self.room_for_request(limits))
            .max(self.room_for_tokens(limits, tokens))
    }

    fn room_for_request(&self, limits: &LimitSettings) -> Option<Instant> {
        let limit = usize::try_from(limits.requests_per_minute?).unwrap_or(usize::MAX);
        let excess = (self.sent.len() + 1).checked_sub(limit)?;
        Some(self.sent.get(excess.checked_sub(1)?)?.0 + WINDOW)
    }

    fn room_for_tokens(&self, limits: &LimitSettings, tokens: u64) -> Option<Instant> {
        // A prompt that is larger than the limit goes when nothing else does.
        let mut room = limits.tokens_per_minute?.saturating_sub(tokens);
        for (at, tokens) in self.sent.iter().rev() {
            match room.checked_sub(*tokens) {
                Some(left) => room = left,
                None => return Some(*at + WINDOW),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of several requests is let through, in whole seconds.
    async fn times(pace: &Pace, requests: &[u64]) -> Vec<u64> {
        let start = Instant::now();
        let mut times = Vec::new();
        for tokens in requests {
            pace.wait(*tokens).await;
            times.push(start.elapsed().as_secs());
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn requests_of_a_minute_are_limited() {
        let pace = Pace::new(LimitSettings { requests_per_minute: Some(2), ..LimitSettings::default() }, 9);
        assert_eq!(times(&pace, &[1, 1, 1, 1, 1]).await, [0, 0, 60, 60, 120]);
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_of_a_minute_are_limited_and_a_huge_prompt_still_goes() {
        let pace = Pace::new(LimitSettings { tokens_per_minute: Some(100), ..LimitSettings::default() }, 9);
        assert_eq!(times(&pace, &[60, 40, 1, 500, 1]).await, [0, 0, 60, 120, 180]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_holds_everybody_back_as_long_as_it_says() {
        let pace = Pace::new(LimitSettings::default(), 9);
        assert_eq!(times(&pace, &[1, 1]).await, [0, 0]);
        pace.refused(Some(Duration::from_secs(20)));
        assert_eq!(times(&pace, &[1]).await, [20]);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_slow_down_and_answers_speed_up_again() {
        let pace = Pace::new(LimitSettings::default(), 9);
        pace.wait(1).await;
        pace.refused(None);
        pace.refused(None);
        assert_eq!(times(&pace, &[1, 1]).await, [4, 8], "a pause of one second, doubled twice");
        for _ in 0..30 {
            pace.answered();
        }
        assert_eq!(times(&pace, &[1, 1]).await, [0, 0]);
    }
}
