//! What is calculated with numbers.

use num_bigint::{BigInt, Sign};

use super::{ArithmeticError, Float, Number, Repr};

impl Number {
    fn exactly(
        &self,
        other: &Self,
        calculate: impl Fn(&BigInt, &BigInt) -> BigInt,
    ) -> Option<Self> {
        Some(Self::from_integer(&calculate(&self.to_integer()?, &other.to_integer()?)))
    }

    /// The sum.
    #[must_use]
    pub fn add(&self, other: &Self) -> Self {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(sum) = a.checked_add(*b)
        {
            return Self(Repr::Small(sum));
        }
        self.exactly(other, |a, b| a + b)
            .unwrap_or_else(|| Self::from_float(self.to_float().add(other.to_float())))
    }

    /// The difference.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(difference) = a.checked_sub(*b)
        {
            return Self(Repr::Small(difference));
        }
        self.exactly(other, |a, b| a - b)
            .unwrap_or_else(|| Self::from_float(self.to_float().sub(other.to_float())))
    }

    /// The product.
    #[must_use]
    pub fn mul(&self, other: &Self) -> Self {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(product) = a.checked_mul(*b)
        {
            return Self(Repr::Small(product));
        }
        self.exactly(other, |a, b| a * b)
            .unwrap_or_else(|| Self::from_float(self.to_float().mul(other.to_float())))
    }

    /// The quotient.
    ///
    /// # Errors
    ///
    /// `other` is zero.
    pub fn div(&self, other: &Self) -> Result<Self, ArithmeticError> {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && *a != 0
            && a.checked_rem(*b) == Some(0)
            && let Some(quotient) = a.checked_div(*b)
        {
            return Ok(Self(Repr::Small(quotient)));
        }
        let quotient = self.to_float().div(other.to_float());
        quotient.map(Self::from_float).ok_or(ArithmeticError::DivideByZero)
    }

    /// What an integer division leaves, with the sign of `self`.
    ///
    /// # Errors
    ///
    /// One of the two is not an integer, or `other` is zero.
    pub fn rem(&self, other: &Self) -> Result<Self, ArithmeticError> {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0) {
            return match b {
                0 => Err(ArithmeticError::ModuloByZero),
                b => Ok(Self(Repr::Small(a.wrapping_rem(*b)))),
            };
        }
        let (Some(a), Some(b)) = (self.to_integer(), other.to_integer()) else {
            return Err(ArithmeticError::ModuloOfFraction);
        };
        if b.sign() == Sign::NoSign {
            return Err(ArithmeticError::ModuloByZero);
        }
        Ok(Self::from_integer(&(a % b)))
    }

    /// The number with the other sign, as zero minus it.
    #[must_use]
    pub fn neg(&self) -> Self {
        Self(Repr::Small(0)).sub(self)
    }

    /// The number without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        match &self.0 {
            Repr::Small(value) => Self::from_integer(&BigInt::from(value.unsigned_abs())),
            Repr::Wide(_) => match self.in_window() {
                Some(value) => Self::from(value.abs()),
                None => Self::from_float(self.to_float().abs()),
            },
        }
    }

    /// What OPA handles as a small integer.
    fn in_window(&self) -> Option<i64> {
        self.as_i64().filter(|value| i32::try_from(*value).is_ok())
    }

    /// The next integer up. Between minus one and zero that is 1, as OPA has it.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.to_whole(|float| {
            let whole = float.truncated();
            let keeps = whole.sign() == Sign::Minus || float.is_integer();
            if keeps { whole } else { whole + 1 }
        })
    }

    /// The next integer down. Between minus one and zero that is 0, as OPA has it.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.to_whole(|float| {
            let whole = float.truncated();
            let keeps = whole.sign() != Sign::Minus || float.is_integer();
            if keeps { whole } else { whole - 1 }
        })
    }

    /// The nearest integer, halves away from zero.
    #[must_use]
    pub fn round(&self) -> Self {
        self.to_whole(|float| {
            let moved =
                if float.is_negative() { float.sub(Float::HALF) } else { float.add(Float::HALF) };
            moved.truncated()
        })
    }

    fn to_whole(&self, calculate: impl Fn(Float) -> BigInt) -> Self {
        match (&self.0, self.in_window()) {
            (Repr::Small(_), _) => self.clone(),
            (_, Some(value)) => Self::from(value),
            _ => Self::from_integer(&calculate(self.to_float())),
        }
    }
}
