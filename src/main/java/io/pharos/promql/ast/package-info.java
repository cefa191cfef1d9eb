/// The tree of a PromQL expression: sealed records with the place where each stood in the text, and
/// the printer that writes a tree back as text.
///
/// Nothing here reads text or samples. A new kind of node fails to compile until the printer and
/// the engine handle it.
@NullMarked
package io.pharos.promql.ast;

import org.jspecify.annotations.NullMarked;
