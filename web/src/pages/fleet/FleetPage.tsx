import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import type { Fleet } from '../../api/shapes';
import { fleetQuery } from '../../api/queries';
import { count, exact } from '../../lib/format';
import { Page } from '../../shell/Page';
import { chosenZone } from '../../shell/zone';
import { Facts } from '../../ui/Panel';
import { Sentence } from '../../ui/Sentence';
import { Answered, Empty } from '../../ui/states';
import { Attention } from './Attention';
import { Changes } from './Changes';
import { FirstRun } from './FirstRun';
import { ModelTable } from './ModelTable';

export const Route = createLazyRoute('/')({ component: FleetPage });

function FleetPage() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const query = useQuery(fleetQuery);
  const zone = chosenZone(search.tz, undefined);
  return (
    <Page
      title="Fleet"
      crumbs={[{ text: 'Fleet' }]}
      time={{
        zone,
        search,
        onChange: (change) => void navigate({ search: (old) => ({ ...old, tz: change.tz }), replace: true }),
      }}
    >
      <Answered query={query} what="The fleet" height={600}>
        {(fleet) => (fleet.models.length === 0 ? <FirstRun /> : <FleetBody fleet={fleet} zone={zone} />)}
      </Answered>
    </Page>
  );
}

function FleetBody({ fleet, zone }: { fleet: Fleet; zone: string }) {
  const { facts } = fleet;
  const late = facts.checks_on_time.due - facts.checks_on_time.done;
  return (
    <>
      <h1 className="page-sentence">
        <Sentence told={fleet.sentence} />
      </h1>
      <Facts
        items={[
          { name: 'Models healthy', value: exact(facts.n_healthy), unit: `of ${exact(facts.n_models)}` },
          {
            name: 'Predictions, newest day',
            value: count(facts.n_predictions_24h),
            title: exact(facts.n_predictions_24h),
          },
          { name: 'Open incidents', value: exact(facts.n_open_incidents) },
          {
            name: 'Checks on time',
            value: exact(facts.checks_on_time.done),
            unit: `of ${exact(facts.checks_on_time.due)}`,
            tone: late > 0 && late * 20 > facts.checks_on_time.due ? 'warning' : undefined,
          },
        ]}
      />
      <div className="fleet-top">
        <section aria-labelledby="attention">
          <h2 id="attention" className="section-title">
            Needs attention
          </h2>
          {fleet.attention.length > 0 ? (
            <Attention items={fleet.attention} models={fleet.models} zone={zone} />
          ) : (
            <div className="panel">
              <Empty title="Nothing needs a person.">New incidents appear here by themselves.</Empty>
            </div>
          )}
        </section>
        <section aria-labelledby="changes">
          <h2 id="changes" className="section-title">
            What changed
          </h2>
          <Changes items={fleet.changes} zone={zone} />
        </section>
      </div>
      <ModelTable models={fleet.models} zone={zone} />
    </>
  );
}
