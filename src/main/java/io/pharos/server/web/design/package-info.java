/// The design of the pages: the frame around each page, times, sparklines, bars of history, and the
/// page `/design` that shows each part in each state. The colours and sizes are in `pharos.css`.
@NullMarked
package io.pharos.server.web.design;

import org.jspecify.annotations.NullMarked;
