package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.TrackedAlert;
import java.util.List;

/// A stage that lets alerts pass, or not.
sealed interface MutingStage
    permits InhibitionStage, ActiveIntervalStage, MuteIntervalStage, SilenceStage {
  /// The alerts that are not muted.
  List<TrackedAlert> pass(FlushContext context, List<TrackedAlert> alerts);

  /// Why alerts are muted here, as the metric says it.
  String reason();
}
