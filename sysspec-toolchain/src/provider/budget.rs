//! What a run may use, in tokens and in money, over all its providers.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use sysspec_analysis::{BudgetSettings, Prices};

use super::Usage;

/// Tokens that an answer is taken to have before it is there, where nothing is known of the run's answers yet.
const ANSWER_GUESS: u64 = 1_000;

/// What a run has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// How many requests were answered, with or without success.
    pub answers: u64,
    /// Tokens read.
    pub prompt: u64,
    /// Tokens written.
    pub answer: u64,
    /// Money, in millionths of a millionth of a US dollar, of the answers whose prices are known.
    pub pico_usd: u128,
    /// Whether some tokens are estimated.
    pub estimated: bool,
    /// Whether all prices are known.
    pub priced: bool,
}

impl Spent {
    fn tokens(&self) -> u64 {
        self.prompt.saturating_add(self.answer)
    }
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answers = if self.answers == 1 { "answer" } else { "answers" };
        let about = if self.estimated { "about " } else { "" };
        write!(
            f,
            "{} {answers}: {about}{} tokens read, {about}{} written",
            self.answers,
            grouped(self.prompt),
            grouped(self.answer)
        )?;
        match (self.priced, self.pico_usd) {
            (_, 0) => Ok(()),
            (true, cost) => write!(f, ", {about}{}", usd(cost)),
            (false, cost) => write!(f, ", {about}{} where prices are known", usd(cost)),
        }
    }
}

/// A budget that all providers of a run share.
#[derive(Debug)]
pub struct Budget {
    limits: BudgetSettings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spent: Spent,
    /// What requests under way are expected to use.
    reserved_tokens: u64,
    reserved_pico_usd: u128,
}

impl Budget {
    /// A budget with these limits.
    pub fn new(limits: BudgetSettings) -> Self {
        let spent = Spent { priced: true, ..Spent::default() };
        Self { limits, state: Mutex::new(State { spent, ..State::default() }) }
    }

    /// What was used so far.
    pub fn spent(&self) -> Spent {
        self.lock().spent
    }

    /// Whether money is limited, so that prices must be known.
    pub fn limits_money(&self) -> bool {
        self.limits.micro_usd.is_some()
    }

    /// Takes part of the budget for a request.
    ///
    /// # Errors
    /// When not enough is left: what was used, and by what.
    pub fn reserve(
        self: &Arc<Self>,
        prices: Option<Prices>,
        prompt_tokens: u64,
        max_answer_tokens: Option<u64>,
    ) -> Result<Reservation, String> {
        let mut state = self.lock();
        let usual = state.spent.answer.checked_div(state.spent.answers).unwrap_or(ANSWER_GUESS);
        let answer = max_answer_tokens.map_or(usual, |max| max.min(usual));
        let tokens = prompt_tokens.saturating_add(answer);
        let cost = cost(prices, Usage { prompt: prompt_tokens, answer, estimated: true });
        if let Some(refused) = self.refused(&state, tokens, cost) {
            return Err(refused);
        }
        state.reserved_tokens += tokens;
        state.reserved_pico_usd += cost;
        Ok(Reservation { budget: self.clone(), prices, tokens, cost, used: None })
    }

    fn refused(&self, state: &State, tokens: u64, cost: u128) -> Option<String> {
        let said = |limit: String, used_up: bool, next: String| {
            let used_up = if used_up {
                "is used up".to_owned()
            } else {
                format!("does not allow another prompt of {next}")
            };
            format!(
                "the budget of {limit} {used_up}: {}. What was accepted is kept; a higher budget goes on from there (`--budget-usd`, \
                 `--budget-tokens`, or [toolchain.budget])",
                state.spent
            )
        };
        if let Some(limit) = self.limits.tokens {
            let used = state.spent.tokens();
            if used.saturating_add(state.reserved_tokens).saturating_add(tokens) > limit {
                let next = format!("about {} tokens", grouped(tokens));
                return Some(said(format!("{} tokens", grouped(limit)), used >= limit, next));
            }
        }
        if let Some(limit) = self.limits.micro_usd {
            let limit = u128::from(limit) * 1_000_000;
            let used = state.spent.pico_usd;
            if used + state.reserved_pico_usd + cost > limit {
                return Some(said(usd(limit), used >= limit, format!("about {}", usd(cost))));
            }
        }
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of a budget that a request under way is expected to use.
#[derive(Debug)]
pub struct Reservation {
    budget: Arc<Budget>,
    prices: Option<Prices>,
    tokens: u64,
    cost: u128,
    used: Option<Usage>,
}

impl Reservation {
    /// Notes what the request has used so far, whether it succeeds or not: a request that is given up is paid for, too.
    pub fn used(&mut self, usage: Usage) {
        self.used = Some(usage);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        state.reserved_tokens = state.reserved_tokens.saturating_sub(self.tokens);
        state.reserved_pico_usd = state.reserved_pico_usd.saturating_sub(self.cost);
        let Some(usage) = self.used else { return };
        let spent = &mut state.spent;
        spent.answers += 1;
        spent.prompt = spent.prompt.saturating_add(usage.prompt);
        spent.answer = spent.answer.saturating_add(usage.answer);
        spent.pico_usd = spent.pico_usd.saturating_add(cost(self.prices, usage));
        spent.estimated |= usage.estimated;
        spent.priced &= self.prices.is_some();
    }
}

/// Prices are millionths of a dollar for a million tokens: as many millionths of a millionth for one.
fn cost(prices: Option<Prices>, usage: Usage) -> u128 {
    let of = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
    prices.map_or(0, |prices| of(usage.prompt, prices.prompt) + of(usage.answer, prices.answer))
}

/// Dollars to the cent, and smaller amounts to where they begin.
fn usd(pico: u128) -> String {
    let dollars = pico as f64 / 1e12;
    if pico == 0 || dollars >= 0.01 { format!("{dollars:.2} USD") } else { format!("{dollars:.6} USD") }
}

/// 1234567 as 1,234,567.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICES: Prices = Prices { prompt: 2_500_000, answer: 10_000_000 };

    fn budget(tokens: Option<u64>, micro_usd: Option<u64>) -> Arc<Budget> {
        Arc::new(Budget::new(BudgetSettings { tokens, micro_usd }))
    }

    fn use_tokens(budget: &Arc<Budget>, prompt: u64, answer: u64) -> Result<(), String> {
        let mut reservation = budget.reserve(Some(PRICES), prompt, None)?;
        reservation.used(Usage { prompt, answer, estimated: false });
        Ok(())
    }

    #[test]
    fn a_budget_in_money_ends_where_it_is_used_up() {
        let budget = budget(None, Some(2_000_000));
        // 400,000 tokens at 2.50 and 100,000 at 10.00 for a million: exactly two dollars.
        use_tokens(&budget, 400_000, 100_000).unwrap();
        let error = use_tokens(&budget, 10, 10).unwrap_err();
        let said = "the budget of 2.00 USD is used up: 1 answer: 400,000 tokens read, 100,000 written, 2.00 USD. What was accepted is kept";
        assert!(error.starts_with(said), "{error}");
    }

    #[test]
    fn a_budget_in_tokens_ends_before_a_prompt_that_does_not_fit() {
        let budget = budget(Some(10_000), None);
        use_tokens(&budget, 4_000, 1_000).unwrap();
        let error = use_tokens(&budget, 5_000, 1).unwrap_err();
        assert!(
            error.contains("the budget of 10,000 tokens does not allow another prompt of about 6,000 tokens"),
            "{error}"
        );
        use_tokens(&budget, 3_000, 1_000).unwrap();
    }

    #[test]
    fn requests_under_way_count() {
        let budget = budget(Some(10_000), None);
        let first = budget.reserve(None, 5_000, None).unwrap();
        budget.reserve(None, 5_000, None).unwrap_err();
        drop(first);
        budget.reserve(None, 5_000, None).unwrap();
        assert_eq!(budget.spent().answers, 0, "none of them was answered");
    }

    #[test]
    fn what_is_spent_says_what_it_does_not_know() {
        let budget = budget(None, None);
        budget.reserve(None, 1, None).unwrap().used(Usage { prompt: 10, answer: 5, estimated: true });
        assert_eq!(budget.spent().to_string(), "1 answer: about 10 tokens read, about 5 written");
        use_tokens(&budget, 1_000, 0).unwrap();
        assert_eq!(
            budget.spent().to_string(),
            "2 answers: about 1,010 tokens read, about 5 written, about 0.002500 USD where prices are known"
        );
    }
}
