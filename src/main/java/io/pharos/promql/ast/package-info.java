/// The syntax tree of PromQL: sealed records with source positions, and printers that turn a tree
/// into text.
///
/// A new type of node does not compile until the printer and the engine handle it.
@NullMarked
package io.pharos.promql.ast;

import org.jspecify.annotations.NullMarked;
