/// The query page: expressions, their conditions and their charts. The page of a rule shows the
/// same charts.
@NullMarked
package io.pharos.server.web.query;

import org.jspecify.annotations.NullMarked;
