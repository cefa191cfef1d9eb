/// LogQL, the query language of Loki: a parser, and an evaluator for unit tests of rules.
@NullMarked
package io.pharos.logql;

import org.jspecify.annotations.NullMarked;
