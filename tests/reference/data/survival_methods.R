# Makes survival_methods_trial.csv (simulated) and survival_methods_r.csv (what R gives for it).
# Rscript tests/reference/data/survival_methods.R tests/reference/data
# Made with R 4.2.2, survival 3.5-3, cmprsk 2.2-11 and mvtnorm 1.1-3 of Debian 12.
suppressMessages({library(survival); library(cmprsk); library(mvtnorm)})
folder <- commandArgs(trailingOnly = TRUE)[1]

set.seed(20261201)
n <- 300
arm <- rep(0:1, n / 2)
site <- sample(c("A", "B", "C"), n, TRUE)
x <- round(rnorm(n), 3)
risk <- exp(0.3 * (site == "B") + 0.4 * x)
t1 <- rexp(n, 0.030 * risk * ifelse(arm == 1, 0.75, 1))
t2 <- rexp(n, 0.012)
end <- runif(n, 6, 60)
first <- pmin(t1, t2, end)
cause <- ifelse(first == end, 0, ifelse(first == t1, 1, 2))
exact <- round(first, 6)                         # no ties
time <- pmax(ceiling(first), 1)                  # whole months: many ties
entry <- round(runif(n) * 0.4 * exact * rbinom(n, 1, 0.6), 6)
visit <- 3                                       # seen every three months, some visits missed
gap <- visit * sample(1:3, n, TRUE, c(0.7, 0.2, 0.1))
left <- ifelse(cause == 1, floor(first / gap) * gap, floor(first / visit) * visit)
right <- ifelse(cause == 1, left + gap, Inf)
trial <- data.frame(arm, site, x, time, exact, entry, cause, left, right)
write.csv(trial, file.path(folder, "survival_methods_trial.csv"), row.names = FALSE, quote = FALSE)

rows <- list()
say <- function(what, value) {
  value <- as.numeric(value)
  for (i in seq_along(value)) rows[[length(rows) + 1]] <<- data.frame(what, number = i, value = value[i])
}
any_event <- as.integer(cause > 0)

# log-rank tests
for (rho in c(0, 1, 0.5)) {
  say(paste0("log_rank_rho_", rho), survdiff(Surv(time, any_event) ~ arm, rho = rho)$chisq)
  say(paste0("log_rank_strata_rho_", rho), survdiff(Surv(time, any_event) ~ arm + strata(site), rho = rho)$chisq)
}
say("log_rank_site", survdiff(Surv(time, any_event) ~ site, rho = 1)$chisq)
say("log_rank_entry", coxph(Surv(entry, exact, any_event) ~ arm)$score)        # no ties: the score test is the test
say("log_rank_entry_strata", coxph(Surv(entry, exact, any_event) ~ arm + strata(site))$score)

# any weighting of Fleming and Harrington, from the risk table of survfit
both <- summary(survfit(Surv(time, any_event) ~ 1))
above <- summary(survfit(Surv(time, any_event) ~ 1, subset = arm == 1), times = both$time, extend = TRUE)
died <- sapply(both$time, function(t) sum(time == t & any_event == 1 & arm == 1))
at_risk <- sapply(both$time, function(t) sum(time >= t & arm == 1))
before <- c(1, both$surv[-length(both$surv)])
share <- at_risk / both$n.risk
variance <- both$n.event * share * (1 - share) * ifelse(both$n.risk > 1, (both$n.risk - both$n.event) / (both$n.risk - 1), 0)
w <- sapply(list(c(0, 0), c(0, 1), c(1, 0), c(1, 1)), function(p) before^p[1] * (1 - before)^p[2])
score <- colSums(w * (died - both$n.event * share))
covariance <- t(w) %*% (w * variance)
z <- score / sqrt(diag(covariance))
correlation <- cov2cor(covariance)
say("fleming_harrington_z", z)
say("fleming_harrington_correlation", correlation)
fine <- GenzBretz(maxpts = 5e7, abseps = 1e-7, releps = 0)
for (k in 2:4) {
  chosen <- list(NULL, c(1, 2), c(1, 2, 4), 1:4)[[k]]
  most <- max(abs(z[chosen]))
  say(paste0("max_combo_two_sided_", k),
      1 - pmvnorm(rep(-most, k), rep(most, k), corr = correlation[chosen, chosen], algorithm = fine))
  say(paste0("max_combo_less_", k),
      1 - pmvnorm(rep(min(z[chosen]), k), rep(Inf, k), corr = correlation[chosen, chosen], algorithm = fine))
}

# Cox regression
for (entered in c(FALSE, TRUE)) {
  y <- if (entered) Surv(entry, time, any_event) else Surv(time, any_event)
  fit <- coxph(y ~ arm + strata(site), ties = "efron", control = coxph.control(eps = 1e-14, toler.chol = 1e-15))
  say(paste0("cox_strata", if (entered) "_entry"), c(coef(fit), sqrt(vcov(fit))))
}
fit <- coxph(Surv(entry, time, any_event) ~ arm + x + strata(site), control = coxph.control(eps = 1e-14, toler.chol = 1e-15))
say("cox_several", c(coef(fit), sqrt(diag(vcov(fit)))))
fit <- coxph(Surv(entry, time, cause == 1) ~ arm, control = coxph.control(eps = 1e-14, toler.chol = 1e-15))
say("cox_cause_1", c(coef(fit), sqrt(vcov(fit))))

# Kaplan-Meier and restricted means, late entry too
for (entered in c(FALSE, TRUE)) {
  y <- if (entered) Surv(entry, time, any_event) else Surv(time, any_event)
  name <- if (entered) "_entry" else ""
  fit <- summary(survfit(y ~ 1), times = c(6, 12, 24, 36))
  say(paste0("survival", name), fit$surv)
  say(paste0("survival_error", name), fit$std.err)
  table <- summary(survfit(y ~ arm), rmean = 36)$table
  say(paste0("restricted_mean", name), table[, "rmean"])
  say(paste0("restricted_mean_error", name), table[, "se(rmean)"])
}
# covariance of restricted means at two horizons, from the influence of each subject on the curve
mean_influence <- function(fit, influence, until) {
  edges <- c(0, fit$time[fit$time < until], until)
  moved <- cbind(0, influence[, fit$time < until, drop = FALSE])
  as.numeric(moved %*% diff(edges))
}
for (one in 0:1) {
  fit <- survfit(Surv(time, any_event) ~ 1, subset = arm == one, influence = 1)
  influence <- fit$influence.surv
  moved <- sapply(c(12, 24, 36), function(until) mean_influence(fit, influence, until))
  say(paste0("restricted_mean_covariance_", one), crossprod(moved))
}

# competing risks
at <- c(6, 12, 24, 36)
found <- cuminc(time, cause, arm, cencode = 0)
for (one in 0:1) for (k in 1:2) {
  points <- timepoints(found[paste(one, k)], at)
  say(paste0("cuminc_", one, "_", k), points$est)
  say(paste0("cuminc_variance_", one, "_", k), points$var)
}
say("gray", found$Tests[, "stat"])
say("gray_strata", cuminc(time, cause, arm, strata = site, cencode = 0)$Tests[, "stat"])
say("gray_site", cuminc(time, cause, site, cencode = 0)$Tests[, "stat"])
for (rho in c(1, 0.5)) say(paste0("gray_rho_", rho), cuminc(time, cause, arm, rho = rho, cencode = 0)$Tests[, "stat"])
state <- factor(cause, 0:2, c("censored", "one", "two"))
subject <- seq_len(n)
for (entered in c(FALSE, TRUE)) {
  y <- if (entered) Surv(entry, time, state) else Surv(time, state)
  fit <- summary(survfit(y ~ 1, id = subject), times = at)
  name <- if (entered) "_entry" else ""
  say(paste0("aalen_johansen", name), fit$pstate[, 2:3])
  say(paste0("aalen_johansen_error", name), fit$std.err[, 2:3])
}

# interval censoring
for (one in 0:1) {
  fit <- survfit(Surv(left, right, type = "interval2") ~ 1, data = trial, subset = arm == one)
  say(paste0("turnbull_", one), summary(fit, times = c(6, 12, 24, 36), extend = TRUE)$surv)
}

# near ties
near <- c(0.1 + 0.2, 0.3, 1, 1 + 1e-9, 2, 2 + 1e-7, 3)
fit <- survfit(Surv(near, c(1, 0, 1, 1, 1, 1, 0)) ~ 1)
say("near_ties_time", fit$time)
say("near_ties_survival", fit$surv)

table <- do.call(rbind, rows)
table$value <- formatC(table$value, digits = 15, format = "g")
write.csv(table, file.path(folder, "survival_methods_r.csv"), row.names = FALSE, quote = FALSE)
