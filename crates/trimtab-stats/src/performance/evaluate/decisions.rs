//! The measures of several classes that are functions of the confusion matrix.

use super::{delta_metric, f1_metric, share_metric};
use crate::performance::confusion::{Average, ConfusionMatrix, Measured};
use crate::performance::metric::Metric;

/// A named function of the confusion matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DecisionMeasure {
    name: &'static str,
    /// The class it speaks of.
    class: Option<usize>,
    function: Function,
}

#[derive(Debug, Clone, Copy)]
enum Function {
    Accuracy,
    BalancedAccuracy,
    Correlation,
    AveragePrecision(Average),
    AverageRecall(Average),
    AverageF(f64, Average),
    Precision,
    Recall,
    Specificity,
    F(f64),
    LabelRate,
    PredictionRate,
}

impl DecisionMeasure {
    /// Its value and variance.
    pub(crate) fn measure(&self, m: &ConfusionMatrix) -> Measured {
        let class = self.class.unwrap_or(0);
        match self.function {
            Function::Accuracy => m.accuracy(),
            Function::BalancedAccuracy => m.balanced_accuracy(),
            Function::Correlation => m.matthews_correlation(),
            Function::AveragePrecision(average) => m.average_precision_of_classes(average),
            Function::AverageRecall(average) => m.average_recall(average),
            Function::AverageF(beta, average) => m.average_f_beta(beta, average),
            Function::Precision => m.precision(class),
            Function::Recall => m.recall(class),
            Function::Specificity => m.specificity(class),
            Function::F(beta) => m.f_beta(class, beta),
            Function::LabelRate => m.label_rate(class),
            Function::PredictionRate => m.prediction_rate(class),
        }
    }

    /// With its interval.
    pub(crate) fn metric(&self, confusion: &ConfusionMatrix, confidence: f64) -> Metric {
        let found = self.measure(confusion);
        let metric = match self.function {
            Function::Correlation => delta_metric(self.name, found, (-1.0, 1.0), confidence),
            Function::F(1.0) => f1_metric(self.name, found, confidence),
            Function::BalancedAccuracy
            | Function::AveragePrecision(_)
            | Function::AverageRecall(_)
            | Function::AverageF(..)
            | Function::F(_) => delta_metric(self.name, found, (0.0, 1.0), confidence),
            _ => share_metric(self.name, found, confidence),
        };
        match self.class {
            Some(class) => metric.of_class(class as u32),
            None => metric,
        }
    }
}

/// All of them, in the order of the result.
pub(crate) fn decision_measures(n_classes: usize, beta: f64) -> Vec<DecisionMeasure> {
    let overall = |name, function| DecisionMeasure {
        name,
        class: None,
        function,
    };
    let mut measures = vec![
        overall("accuracy", Function::Accuracy),
        overall("balanced_accuracy", Function::BalancedAccuracy),
        overall("mcc", Function::Correlation),
    ];
    // With one label and one prediction per row, all micro averages are the accuracy.
    for name in ["precision_micro", "recall_micro", "f1_micro"] {
        measures.push(overall(name, Function::Accuracy));
    }
    let (by_class, by_weight) = (Average::Macro, Average::Weighted);
    measures.extend([
        overall("precision_macro", Function::AveragePrecision(by_class)),
        overall("recall_macro", Function::AverageRecall(by_class)),
        overall("f1_macro", Function::AverageF(1.0, by_class)),
        overall("precision_weighted", Function::AveragePrecision(by_weight)),
        overall("recall_weighted", Function::AverageRecall(by_weight)),
        overall("f1_weighted", Function::AverageF(1.0, by_weight)),
    ]);
    if beta != 1.0 {
        measures.extend([
            overall("f_beta_macro", Function::AverageF(beta, by_class)),
            overall("f_beta_weighted", Function::AverageF(beta, by_weight)),
        ]);
    }
    for class in 0..n_classes {
        measures.extend(of_class(class, beta));
    }
    measures
}

fn of_class(class: usize, beta: f64) -> impl Iterator<Item = DecisionMeasure> {
    let functions = [
        ("precision", Function::Precision),
        ("recall", Function::Recall),
        ("specificity", Function::Specificity),
        ("f1", Function::F(1.0)),
        ("positive_rate", Function::LabelRate),
        ("predicted_positive_rate", Function::PredictionRate),
    ];
    let weighted = (beta != 1.0).then_some(("f_beta", Function::F(beta)));
    functions
        .into_iter()
        .chain(weighted)
        .map(move |(name, function)| DecisionMeasure {
            name,
            class: Some(class),
            function,
        })
}
