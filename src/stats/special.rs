//! The functions under the intervals: log-gamma, the regularised incomplete beta function, quantiles of the normal, beta and
//! Student t distributions.

/// Natural logarithm of the gamma function for `x > 0`: Lanczos (1964) with g = 7 and nine terms, good to about 1e-15.
pub(super) fn ln_gamma(x: f64) -> f64 {
    const G: f64 = 7.0;
    const TERMS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        // Reflection, DLMF 5.5.3; the sine is positive on (0, 1/2).
        let pi = std::f64::consts::PI;
        return (pi / (pi * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let [first, rest @ ..] = TERMS;
    let sum: f64 = first + rest.iter().zip(1_u32..).map(|(term, index)| term / (x + f64::from(index))).sum::<f64>();
    let t = x + G + 0.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// The regularised incomplete beta function `I_x(a, b)` for `a, b > 0`: DLMF 8.17.22, the continued fraction evaluated by the
/// modified Lentz method, on the side of the mean where it converges fast (DLMF 8.17.4).
pub(super) fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (a * x.ln() + b * (-x).ln_1p() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

#[expect(clippy::many_single_char_names, reason = "the letters of DLMF 8.17.22")]
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    // The fraction needs O(sqrt(max(a, b))) steps; this is enough for a million trials.
    const STEPS: u32 = 20_000;
    let floor = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / floor(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..=STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / floor(1.0 + even * d);
        c = floor(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / floor(1.0 + odd * d);
        c = floor(1.0 + odd / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

/// The `x` in [0, 1] where the increasing `cumulative` reaches `probability`, by bisection down to neighbouring floats.
fn invert_on_unit(probability: f64, cumulative: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    // Halving 1 passes the smallest subnormal after 1,074 steps; it ends far sooner, when low and high are neighbours.
    for _ in 0..1_100 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if cumulative(middle) < probability { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The quantile of the beta distribution.
pub(super) fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    invert_on_unit(probability, |x| incomplete_beta(a, b, x))
}

/// The quantile of Student's t with `freedom` degrees of freedom, through the beta distribution: with
/// `x = v / (v + t^2)`, `P(|T| > t) = I_x(v/2, 1/2)` (Abramowitz and Stegun 26.7.1).
pub(super) fn student_quantile(probability: f64, freedom: f64) -> f64 {
    let outside = 2.0 * probability.min(1.0 - probability);
    // The complement of x, because x itself comes close to 1, and loses digits, when there are many degrees of freedom.
    let inside = beta_quantile(1.0 - outside, 0.5, freedom / 2.0);
    let t = (freedom * inside / (1.0 - inside)).sqrt();
    if probability < 0.5 { -t } else { t }
}

/// The quantile of the standard normal distribution: Wichura (1988), algorithm AS 241, routine PPND16, good to about 1e-16.
pub(super) fn normal_quantile(probability: f64) -> f64 {
    const CENTRE: ([f64; 8], [f64; 8]) = (
        [
            3.387_132_872_796_366_5,
            133.141_667_891_784_38,
            1_971.590_950_306_551_3,
            13_731.693_765_509_46,
            45_921.953_931_549_87,
            67_265.770_927_008_7,
            33_430.575_583_588_13,
            2_509.080_928_730_122_7,
        ],
        [
            1.0,
            42.313_330_701_600_91,
            687.187_007_492_057_9,
            5_394.196_021_424_751,
            21_213.794_301_586_597,
            39_307.895_800_092_71,
            28_729.085_735_721_943,
            5_226.495_278_852_854,
        ],
    );
    const TAIL: ([f64; 8], [f64; 8]) = (
        [
            1.423_437_110_749_683_5,
            4.630_337_846_156_546,
            5.769_497_221_460_691,
            3.647_848_324_763_204_5,
            1.270_458_252_452_368_4,
            0.241_780_725_177_450_6,
            0.022_723_844_989_269_184,
            7.745_450_142_783_414e-4,
        ],
        [
            1.0,
            2.053_191_626_637_759,
            1.676_384_830_183_803_8,
            0.689_767_334_985_1,
            0.148_103_976_427_480_08,
            0.015_198_666_563_616_457,
            5.475_938_084_995_345e-4,
            1.050_750_071_644_416_9e-9,
        ],
    );
    const FAR: ([f64; 8], [f64; 8]) = (
        [
            6.657_904_643_501_103,
            5.463_784_911_164_114,
            1.784_826_539_917_291_3,
            0.296_560_571_828_504_87,
            0.026_532_189_526_576_124,
            0.001_242_660_947_388_078_4,
            2.711_555_568_743_487_6e-5,
            2.010_334_399_292_288_1e-7,
        ],
        [
            1.0,
            0.599_832_206_555_888,
            0.136_929_880_922_735_8,
            0.014_875_361_290_850_615,
            7.868_691_311_456_133e-4,
            1.846_318_317_510_054_8e-5,
            1.421_511_758_316_446e-7,
            2.044_263_103_389_939_8e-15,
        ],
    );
    let ratio = |(above, below): ([f64; 8], [f64; 8]), r: f64| horner(above, r) / horner(below, r);
    let q = probability - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(CENTRE, 0.180_625 - q * q);
    }
    let tail = if q < 0.0 { probability } else { 1.0 - probability };
    let r = (-tail.ln()).sqrt();
    let size = if r <= 5.0 { ratio(TAIL, r - 1.6) } else { ratio(FAR, r - 5.0) };
    if q < 0.0 { -size } else { size }
}

/// The polynomial with these coefficients, lowest power first.
fn horner(coefficients: [f64; 8], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) {
        assert!((left - right).abs() <= 1e-12 * right.abs().max(1e-3), "{left} against {right}");
    }

    #[test]
    fn log_gamma_is_the_factorial_and_the_half() {
        close(ln_gamma(1.0), 0.0);
        close(ln_gamma(11.0), 3_628_800_f64.ln());
        close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln());
        close(ln_gamma(0.25), 3.625_609_908_221_908_f64.ln());
    }

    #[test]
    fn normal_quantiles_from_published_tables() {
        close(normal_quantile(0.975), 1.959_963_984_540_054);
        close(normal_quantile(0.5), 0.0);
        close(normal_quantile(1e-10), -6.361_340_902_404_056);
        close(normal_quantile(1e-20), -9.262_340_089_798_408);
    }

    #[test]
    fn student_quantiles_from_published_tables() {
        // One degree of freedom is the Cauchy distribution, two have a closed form.
        close(student_quantile(0.975, 1.0), (std::f64::consts::PI * 0.475).tan());
        close(student_quantile(0.975, 2.0), 4.302_652_729_749_464);
        close(student_quantile(0.025, 2.0), -4.302_652_729_749_464);
        close(student_quantile(0.975, 10.0), 2.228_138_851_986_275);
        assert!((student_quantile(0.975, 1e7) - normal_quantile(0.975)).abs() < 1e-6);
    }

    #[test]
    fn incomplete_beta_closed_forms() {
        close(incomplete_beta(1.0, 3.0, 0.2), 1.0 - 0.8_f64.powi(3));
        close(incomplete_beta(4.0, 1.0, 0.7), 0.7_f64.powi(4));
        close(incomplete_beta(2.5, 2.5, 0.5), 0.5);
        close(beta_quantile(0.5, 1.0, 1.0), 0.5);
        close(beta_quantile(1e-30, 1.0, 1.0), 1e-30);
    }
}
