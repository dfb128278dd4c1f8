//! Money: one double-entry ledger of integers for every world.
//!
//! Each posting takes from one account and gives to another, so the sum over all accounts is always 0. Only a *source* may
//! be below zero (it is where money enters: its debt is the money in the world); a *sink* only receives. Everything else
//! stays at or above zero: a posting that would overdraw is refused whole.
//!
//! Not here: who owes what, or why. That is the caller's, who names a reason for each posting.

use crate::units::MicroCredits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// An account, by its order of opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountId(pub u32);

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountKind {
    /// Holds money; never below zero.
    Holding,
    /// Declared source: money enters the world here, its balance is minus what entered.
    Source,
    /// Declared sink: money that leaves the world for good.
    Sink,
}

/// Why money moved. Totals per reason are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// Opening balance from the source.
    Endowment,
    /// Transfer τ of an interaction.
    Transfer,
    /// Bounty put into escrow.
    EscrowIn,
    /// Bounty out of escrow to who earned it.
    EscrowOut,
    /// Bounty back to its poster.
    EscrowRefund,
    /// Fee, tax or penalty of a lever.
    Fee,
    /// Deposit locked as stake.
    StakeLock,
    /// Stake given back.
    StakeRelease,
    /// Stake burnt to the treasury.
    Slash,
    /// Treasury shared out.
    Dividend,
    /// What an agent that left hands on.
    Estate,
    /// A bribe.
    Bribe,
    /// A levy or stipend between public accounts.
    Levy,
    /// What a marketplace takes for a listing.
    ListingFee,
}

impl Reason {
    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Endowment => "endowment",
            Self::Transfer => "transfer",
            Self::EscrowIn => "escrow_in",
            Self::EscrowOut => "escrow_out",
            Self::EscrowRefund => "escrow_refund",
            Self::Fee => "fee",
            Self::StakeLock => "stake_lock",
            Self::StakeRelease => "stake_release",
            Self::Slash => "slash",
            Self::Dividend => "dividend",
            Self::Estate => "estate",
            Self::Bribe => "bribe",
            Self::Levy => "levy",
            Self::ListingFee => "listing_fee",
        }
    }
}

/// A posting was refused; nothing moved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// The payer does not hold that much.
    #[error("`{account}` holds {balance} micro-credits, {amount} were asked for")]
    Overdraft {
        /// Name of the account that would be overdrawn.
        account: String,
        /// What it holds.
        balance: i64,
        /// What was to be taken.
        amount: i64,
    },
    /// An amount below zero: post the other way round.
    #[error("a posting moves an amount of at least 0, not {0}")]
    Negative(i64),
    /// A sink does not pay.
    #[error("`{0}` is a sink: money does not come back from it")]
    FromSink(String),
}

/// All accounts and their balances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Apart from kinds and balances, which every posting reads.
    names: Vec<Box<str>>,
    kinds: Vec<AccountKind>,
    balances: Vec<i64>,
    totals: BTreeMap<Reason, i64>,
    postings: u64,
}

impl Ledger {
    /// Opens an account. Names are the caller's to keep unique (`acct:agent:honest.1`).
    pub fn open(&mut self, name: impl Into<Box<str>>, kind: AccountKind) -> AccountId {
        self.names.push(name.into());
        self.kinds.push(kind);
        self.balances.push(0);
        AccountId(self.names.len() as u32 - 1)
    }

    /// What the account holds.
    #[inline]
    pub fn balance(&self, account: AccountId) -> MicroCredits {
        MicroCredits(self.balances[account.0 as usize])
    }

    /// Name of the account.
    pub fn name(&self, account: AccountId) -> &str {
        &self.names[account.0 as usize]
    }

    /// Accounts with name, kind and balance, in order of opening.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, AccountKind, MicroCredits)> {
        self.names
            .iter()
            .zip(&self.kinds)
            .zip(&self.balances)
            .map(|((name, kind), b)| (&**name, *kind, MicroCredits(*b)))
    }

    /// Moves `amount` from one account to the other, or nothing at all.
    #[inline]
    pub fn post(
        &mut self,
        from: AccountId,
        to: AccountId,
        amount: MicroCredits,
        reason: Reason,
    ) -> Result<(), LedgerError> {
        if amount.0 < 0 {
            return Err(LedgerError::Negative(amount.0));
        }
        let balance = self.balances[from.0 as usize];
        match self.kinds[from.0 as usize] {
            AccountKind::Holding if balance < amount.0 => {
                return Err(LedgerError::Overdraft {
                    account: self.name(from).to_owned(),
                    balance,
                    amount: amount.0,
                });
            }
            AccountKind::Sink if amount.0 > 0 => {
                return Err(LedgerError::FromSink(self.name(from).to_owned()));
            }
            _ => {}
        }
        self.balances[from.0 as usize] -= amount.0;
        self.balances[to.0 as usize] += amount.0;
        if amount.0 > 0 {
            *self.totals.entry(reason).or_insert(0) += amount.0;
            self.postings += 1;
        }
        Ok(())
    }

    /// Moves as much of `amount` as the payer holds and says how much that was.
    pub fn post_up_to(
        &mut self,
        from: AccountId,
        to: AccountId,
        amount: MicroCredits,
        reason: Reason,
    ) -> MicroCredits {
        if amount.0 <= 0 {
            return MicroCredits::ZERO;
        }
        let paid = match self.kinds[from.0 as usize] {
            AccountKind::Holding => {
                MicroCredits(amount.0.min(self.balances[from.0 as usize]).max(0))
            }
            AccountKind::Source => amount,
            AccountKind::Sink => MicroCredits::ZERO,
        };
        match self.post(from, to, paid, reason) {
            Ok(()) => paid,
            Err(_) => MicroCredits::ZERO,
        }
    }

    /// Money moved so far, by reason.
    pub fn totals(&self) -> &BTreeMap<Reason, i64> {
        &self.totals
    }

    /// Postings so far.
    pub fn postings(&self) -> u64 {
        self.postings
    }

    /// Money in the world: what came from the sources.
    pub fn issued(&self) -> MicroCredits {
        MicroCredits(-self.sum_of(AccountKind::Source))
    }

    fn sum_of(&self, kind: AccountKind) -> i64 {
        self.kinds
            .iter()
            .zip(&self.balances)
            .filter(|(k, _)| **k == kind)
            .map(|(_, b)| *b)
            .sum()
    }

    /// The conservation law: holdings + sinks = what the sources issued, and nobody but a source is below zero. Returns
    /// what is wrong in words.
    pub fn check(&self) -> Result<(), String> {
        let mut sum = 0i64;
        for (at, (kind, &balance)) in self.kinds.iter().zip(&self.balances).enumerate() {
            if balance < 0 && *kind != AccountKind::Source {
                return Err(format!("`{}` is overdrawn: {balance}", self.names[at]));
            }
            sum += balance;
        }
        if sum == 0 {
            Ok(())
        } else {
            Err(format!(
                "the ledger is out of balance by {sum} micro-credits"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_posting_moves_nothing() {
        let mut ledger = Ledger::default();
        let source = ledger.open("acct:source", AccountKind::Source);
        let a = ledger.open("acct:agent:a", AccountKind::Holding);
        let sink = ledger.open("acct:sink", AccountKind::Sink);
        ledger
            .post(source, a, MicroCredits(10), Reason::Endowment)
            .unwrap();
        let before = ledger.clone();
        assert_eq!(
            ledger.post(a, sink, MicroCredits(11), Reason::Fee),
            Err(LedgerError::Overdraft {
                account: "acct:agent:a".into(),
                balance: 10,
                amount: 11
            })
        );
        assert!(ledger.post(a, sink, MicroCredits(-1), Reason::Fee).is_err());
        assert_eq!(ledger, before);
        assert_eq!(
            ledger.post_up_to(a, sink, MicroCredits(11), Reason::Fee),
            MicroCredits(10)
        );
        assert!(ledger.post(sink, a, MicroCredits(1), Reason::Fee).is_err());
        assert_eq!(ledger.issued(), MicroCredits(10));
        ledger.check().unwrap();
    }
}
