package dev.longshore.spark;

import java.util.List;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.analysis.SimpleFunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.ml.InternalFunctionRegistration$;
import scala.collection.immutable.Seq;
import scala.runtime.BoxedUnit;

/**
 * MLlib's internal functions, registered when one of them is used.
 *
 * <p>Spark registers them in the first session of every job. For their types it starts Scala's reflection, which takes
 * a second of processor time, also where a job uses no MLlib. {@code bin/prepare-jars} names this class in MLlib's jar
 * instead of Spark's own.
 */
public final class MlFunctions implements SparkSessionExtensionsProvider {
  // As Spark 4.1 has them: InternalFunctionRegistration.scala.
  private static final List<String> NAMES =
      List.of("vector_to_array", "array_to_vector", "aggregate_metrics");
  private static final SimpleFunctionRegistry REGISTRY = FunctionRegistry$.MODULE$.internal();

  /** Registers a stand-in for each function that is not registered yet. */
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    for (String name : NAMES) {
      FunctionIdentifier id = new FunctionIdentifier(name);
      if (!REGISTRY.functionExists(id)) {
        REGISTRY.registerFunction(id, arguments -> registered(id, arguments), "internal");
      }
    }
    return BoxedUnit.UNIT;
  }

  private static Expression registered(FunctionIdentifier id, Seq<Expression> arguments) {
    InternalFunctionRegistration$.MODULE$.apply(); // its initializer registers all of them, over these
    return (Expression) REGISTRY.lookupFunction(id, arguments);
  }
}
