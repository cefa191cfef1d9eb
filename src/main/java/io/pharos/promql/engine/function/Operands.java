package io.pharos.promql.engine.function;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.function.FunctionImplementation.OfWindows;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.MatrixSource;
import io.pharos.promql.engine.query.Steps;
import java.util.Optional;

/// Evaluates the arguments of function calls.
public interface Operands {
  /// The part of each series' newest sample that an instant selector returns.
  enum Reading {
    VALUE,
    /// Timestamp of the sample in seconds.
    TIME,
    /// Start timestamp of the sample in seconds, zero if unknown.
    START
  }

  /// Evaluates a scalar expression into a new array with one value per step.
  double[] scalar(Expr expr, Steps steps);

  /// Evaluates a vector expression.
  Columns vector(Expr expr, Steps steps);

  /// Reads the newest sample of each series at each step.
  Columns instant(Expr.VectorSelector selector, Reading reading, Steps steps);

  /// Returns the source of the samples of a range vector expression.
  MatrixSource matrix(Expr expr, Steps steps);

  /// Evaluates a call with cached state of earlier evaluations, without reading all samples.
  /// Returns empty if that is not possible.
  Optional<Columns> cached(Expr.Call call, OfWindows function, Steps steps);
}
