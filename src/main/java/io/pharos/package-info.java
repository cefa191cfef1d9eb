/// Pharos watches a backend, notifies the person on call, and tells the deployment pipeline whether
/// a release may continue.
///
/// Each subpackage owns one subject. The table in docs/ARCHITECTURE.md lists which packages it may
/// import; `ArchitectureTest` checks it.
@NullMarked
package io.pharos;

import org.jspecify.annotations.NullMarked;
