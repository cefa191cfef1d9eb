/// Shared parts of lint checks: findings, the names of checks, parsed rule files, and facts about
/// exporters and scrape jobs. `.rule` checks rules, `.flow` infers labels and values of
/// expressions, `.tree` checks versioned files against each other.
@NullMarked
package io.pharos.lint;

import org.jspecify.annotations.NullMarked;
