package io.pharos.remote.write;

import java.util.List;

/// What a request says, in whichever version.
///
/// @param metadata of families as 1.0 sends it, apart from the series
record WriteRequest(List<WriteSeries> series, List<FamilyMetadata> metadata) {
  WriteRequest {
    series = List.copyOf(series);
    metadata = List.copyOf(metadata);
  }
}
