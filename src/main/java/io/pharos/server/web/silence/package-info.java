/// Silences: their page, the form of a new silence, and the page that the links in messages open.
@NullMarked
package io.pharos.server.web.silence;

import org.jspecify.annotations.NullMarked;
