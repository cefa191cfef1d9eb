/// Pharos: watches a backend, tells the person on call, and answers the deploy pipeline.
///
/// Each subpackage owns one noun; `ArchitectureTest` holds the table of who may import whom.
@NullMarked
package io.pharos;

import org.jspecify.annotations.NullMarked;
