/// Classes that all lint checks share: findings, the list of checks, parsed rule files, known
/// exporters and scrape jobs. `.rule` checks rules, `.flow` infers labels and values of
/// expressions, `.tree` compares versioned files with each other.
@NullMarked
package io.pharos.lint;

import org.jspecify.annotations.NullMarked;
